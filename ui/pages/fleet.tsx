import { useState } from 'preact/hooks';
import { AttentionRail } from '../components/attention-rail.tsx';
import { type FleetRow, useFleet } from '../components/fleet-rows.ts';
import { Frame } from '../components/frame.tsx';
import { phone, useMedia, useTopics } from '../components/hooks.ts';
import { Icon } from '../components/icon.tsx';
import { MachineList } from '../components/machine-list.tsx';
import { Tile } from '../components/tile.tsx';

/** The most urgent machines are followed in full; the others by their summaries. */
const followedInFull = 24;

/** The dashboard: one tile per machine, what needs a person first. */
export function FleetPage() {
  const rows = useFleet();
  const [filter, setFilter] = useState('all');
  const [search, setSearch] = useState('');
  const small = useMedia(phone);
  useTopics(rows.slice(0, followedInFull).flatMap(row => [`${row.summary.actor}/status`, `${row.summary.actor}/telemetry`]));
  const shown = rows.filter(row => matches(row, filter) && row.summary.name.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <Frame
      title="Dashboard"
      current="fleet"
      rail={<AttentionRail rows={rows} />}
      railName="Attention"
      railKey={`${rows.filter(row => row.needsPerson).length} need a person`}
    >
      <div class="fleet">
        <div class="bar-top">
          <h1>Dashboard</h1>
          <Filters rows={rows} filter={filter} choose={setFilter} />
          <span class="grow" />
          <span class="label">sorted by need</span>
          <label class="search">
            <Icon name="search" size="s" />
            <input
              type="search"
              aria-label="Find a machine"
              placeholder="Find a machine"
              onInput={event => setSearch(event.currentTarget.value)}
            />
          </label>
        </div>
        {rows.length === 0 && <p class="lost">No machine has reported yet.</p>}
        {rows.length > 0 && shown.length === 0 && <p class="lost">No machine matches.</p>}
        {small ? <MachineList rows={shown} /> : <Tiles rows={shown} />}
      </div>
    </Frame>
  );
}

function Tiles({ rows }: { rows: readonly FleetRow[] }) {
  return (
    <div class="tiles">
      {rows.map(row => (
        <Tile key={row.id} row={row} />
      ))}
    </div>
  );
}

function matches(row: FleetRow, filter: string): boolean {
  if (filter === 'all') return true;
  return filter === 'need a person' ? row.needsPerson : row.look.word.toLowerCase() === filter;
}

function Filters({ rows, filter, choose }: { rows: readonly FleetRow[]; filter: string; choose: (filter: string) => void }) {
  const words = [...new Set(rows.map(row => row.look.word.toLowerCase()))];
  return (
    <fieldset class="filters-bar">
      <legend class="hidden">Show</legend>
      {['all', 'need a person', ...words].map(name => (
        <button type="button" class="chip" key={name} aria-pressed={name === filter} onClick={() => choose(name)}>
          <b>{rows.filter(row => matches(row, name)).length}</b> {name}
        </button>
      ))}
    </fieldset>
  );
}
