import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus, Telemetry } from '../../statecharts/equipment/status.ts';
import { worstFirst } from '../client/alarms.ts';
import { leaseOf } from '../client/lease.ts';
import { serviceWords } from '../client/service.ts';
import { ageParts, telemetryTruth, throughConnection, timeText } from '../client/truth.ts';
import { Bar } from './bar.tsx';
import { CommandKey } from './command-key.tsx';
import type { FleetRow } from './fleet-rows.ts';
import { useCell, useMe, useNow, useServices } from './hooks.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { capability, subtitle } from './looks.ts';
import { Reading, Simulated, TruthMark } from './marks.tsx';
import { useStatus } from './verdicts.ts';

/** One machine on the dashboard. Its values follow from its capabilities, never from its type. */
export function Tile({ row }: { row: FleetRow }) {
  const status = useStatus(row.id);
  const { summary, look } = row;
  return (
    <article class="tile" data-state={look.state} aria-label={summary.name}>
      <header class="tile__head">
        <h2>
          <Link to={`/machines/${row.id}`}>{summary.name}</Link>
        </h2>
        <p>
          <span>{status?.device ? `${status.device.firmware} ${status.device.version}` : ''}</span>
          {summary.simulated && <Simulated />}
        </p>
      </header>
      <div class="state">
        <Icon name={`st-${look.state}`} />
        <div>
          <b>{look.word}</b>
          <span>{subtitle(look, summary)}</span>
        </div>
      </div>
      <div class="tile__body">
        <Doubt row={row} status={status} />
        <Withdrawn status={status} />
        <Work row={row} status={status} />
        <NextStep row={row} status={status} />
      </div>
      <TileFoot row={row} status={status} />
    </article>
  );
}

interface TilePart {
  readonly row: FleetRow;
  readonly status: EquipmentStatus | undefined;
}

function Doubt({ row, status }: TilePart) {
  const alarm = [...(status?.alarms ?? [])].sort(worstFirst)[0];
  if (row.truth.kind === 'stale')
    return (
      <>
        <p class="big big--mid">
          {ageParts(row.truth.age)[0]}
          <small>{ageParts(row.truth.age)[1]} without news</small>
        </p>
        <p class="say">State unknown. Go and look.</p>
      </>
    );
  if (row.summary.latched)
    return <p class="say">The stop is latched{status?.stop.at ? ` since ${timeText(status.stop.at)}` : ''}. Release it at the machine.</p>;
  return alarm ? <p class="say">{alarm.text}</p> : null;
}

/** Locked out, out of service, due: before anybody walks there to use it. */
function Withdrawn({ status }: Pick<TilePart, 'status'>) {
  if (!status || status.value.maintenance === 'inService') return null;
  const { word, more, withdrawn } = serviceWords(status);
  return (
    <p class={withdrawn ? 'tile__service tile__service--no' : 'tile__service'}>
      <Icon name={withdrawn ? 'lock' : 'attention'} size="s" /> <b>{word}</b> {more}
    </p>
  );
}

function Work({ row, status }: TilePart) {
  const { store, live } = useServices();
  const telemetry = useCell(store.telemetry(row.summary.actor));
  const truth = throughConnection(telemetryTruth(telemetry, useNow(1_000)), useCell(live.state));
  const name = status?.job?.name;
  const beam = status !== undefined && capability(status, 'laser') === 'has';
  const percent = row.summary.progress;
  return (
    <>
      {name && (
        <>
          <div class="row">
            <span class="row__name">{name}</span>
            <span class="num">{percent === null ? '' : `${Math.floor(percent)} %`}</span>
          </div>
          {percent !== null && <Bar label={`Progress of ${name}`} done={percent} />}
        </>
      )}
      {status?.profile === 'switch' && row.truth.kind !== 'stale' && <Contact row={row} output={status.value.output} />}
      {status?.profile !== 'switch' && row.look.state !== 'aborted' && row.truth.kind !== 'stale' && (
        <Figures telemetry={telemetry} truth={truth} beam={beam} />
      )}
    </>
  );
}

/** What a switch does, also while it is aborted: it may be on. */
function Contact({ row, output }: { readonly row: FleetRow; readonly output: string | undefined }) {
  return (
    <dl class="kv">
      <dt>Contact</dt>
      <dd>
        <Reading truth={row.truth} value={output === 'on' || output === 'off' ? output : null} />
      </dd>
    </dl>
  );
}

interface FiguresProps {
  readonly telemetry: Telemetry | undefined;
  readonly truth: Parameters<typeof Reading>[0]['truth'];
  /** What S stands for: the power of a beam, or the speed of a spindle. */
  readonly beam: boolean;
}

function Figures({ telemetry, truth, beam }: FiguresProps) {
  if (!telemetry) return null;
  const { work, program } = telemetry;
  return (
    <dl class="kv">
      <dt>Feed</dt>
      <dd>
        <Reading truth={truth} value={telemetry.feed?.toLocaleString('en')} /> <small>mm/min</small>
      </dd>
      <dt>{beam ? 'Beam' : 'Spindle'}</dt>
      <dd>
        <Reading truth={truth} value={telemetry.spindle?.toLocaleString('en')} /> <small>{beam ? 'S' : 'rpm'}</small>
      </dd>
      {program && (
        <>
          <dt>Line</dt>
          <dd>
            <Reading truth={truth} value={program.acknowledged.toLocaleString('en')} />{' '}
            <small>of {program.total.toLocaleString('en')}</small>
          </dd>
        </>
      )}
      {!program && work && (
        <>
          <dt>{telemetry.system ?? 'XYZ'}</dt>
          <dd>
            <Reading truth={truth} value={[work.x, work.y, work.z].map(v => v.toFixed(1)).join('  ')} /> <small>mm</small>
          </dd>
        </>
      )}
    </dl>
  );
}

const nextSteps: Readonly<Partial<Record<FleetRow['look']['state'], { command: CommandName; label: string }>>> = {
  aborted: { command: 'CLEAR', label: 'Clear' },
  held: { command: 'UNHOLD', label: 'Unhold' },
  suspended: { command: 'UNSUSPEND', label: 'Unsuspend' },
  complete: { command: 'RESET', label: 'Reset' },
};

/** The one command that leads on from here, where there is one. A latched stop is released on the machine's page, by who is there. */
function NextStep({ row, status }: TilePart) {
  const step = nextSteps[row.look.state];
  if (!status) return null;
  if (row.summary.latched)
    return (
      <Link to={`/machines/${row.id}`} class="btn btn--touch">
        Go to the release
        <Icon name="go" size="s" />
      </Link>
    );
  return step ? (
    <CommandKey equipment={row.id} command={step.command} label={`${step.label} ${row.summary.name}`} children={step.label} />
  ) : null;
}

const producing = ['execute', 'acting', 'held', 'suspended'];

function TileFoot({ row, status }: TilePart) {
  const { stops } = useServices();
  const me = useMe();
  const now = useNow(1_000);
  return (
    <footer class="tile__foot">
      <div>
        <p>
          <TruthMark truth={row.truth} />
        </p>
        <p>{status ? holderWords(status, me, now) : 'not read yet'}</p>
      </div>
      <button
        type="button"
        class={producing.includes(row.look.state) ? 'tstop tstop--on' : 'tstop'}
        aria-label={`STOP ${row.summary.name}`}
        title={`software stop of ${row.summary.name}`}
        onClick={() => stops.press(row.id, [row.id])}
      >
        <span>
          <Icon name="stop" />
        </span>
      </button>
    </footer>
  );
}

/** Who has it, in the few words of a tile: the time since when is on the machine's page. */
function holderWords(status: EquipmentStatus, me: { readonly id: string }, now: number): string {
  const { title, more } = leaseOf(status, me, now);
  if (status.holder === null) return status.reservation ? `${title} ${more}` : title;
  return status.offer || status.value.occupancy === 'absent' ? `${title} · ${more}` : title;
}
