import { ageText } from '../client/truth.ts';
import type { FleetRow } from './fleet-rows.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { subtitle } from './looks.ts';
import { Simulated } from './marks.tsx';

/** Machines as rows: shape, name, state, and the one number that matters. */
export function MachineList({ rows }: { rows: readonly FleetRow[] }) {
  return (
    <ul class="plist" aria-label="Machines">
      {rows.map(row => (
        <li key={row.id} data-state={row.look.state}>
          <Link to={`/machines/${row.id}`} class="plist__row">
            <span class="sq">
              <Icon name={`st-${row.look.state}`} />
            </span>
            <span class="plist__words">
              <b class="plist__name">
                {row.summary.name}
                {row.summary.simulated && <Simulated />}
              </b>
              <span class="plist__state">
                <b>{row.look.word}</b> · {subtitle(row.look, row.summary)}
              </span>
            </span>
            <Figure row={row} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Figure({ row }: { row: FleetRow }) {
  if (row.truth.kind !== 'live')
    return (
      <span class="plist__figure">
        <b>{row.truth.age === null ? '–' : ageText(row.truth.age)}</b>
        {row.truth.kind === 'stale' ? 'no news' : 'never read'}
      </span>
    );
  if (row.summary.progress === null) return <span class="plist__figure">live</span>;
  return (
    <span class="plist__figure">
      <b>{Math.floor(row.summary.progress)} %</b>
      done
    </span>
  );
}
