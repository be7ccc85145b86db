import type { ServerFrame, SystemState } from '../../gateway/contract/live.ts';
import type { EquipmentStatus, Summary, Telemetry } from '../../statecharts/equipment/status.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import { type Cell, cell, type Readable } from './cell.ts';
import { type ConsoleLine, consoleLinesOf, keepLatest } from './console-lines.ts';
import type { Live } from './live.ts';

/** The newest document of every topic that this page heard of. Documents stay when the connection is lost: they turn stale, they do not vanish. */
export interface LiveStore {
  readonly summaries: Readable<ReadonlyMap<string, Summary>>;
  readonly jobs: Readable<ReadonlyMap<string, JobStatus>>;
  readonly system: Readable<SystemState | null>;
  /** By actor, `equipment/mill-1`; undefined until the first status arrived. */
  status(actor: string): Readable<EquipmentStatus | undefined>;
  telemetry(actor: string): Readable<Telemetry | undefined>;
  console(actor: string): Readable<readonly ConsoleLine[]>;
}

/** A topic is asked for again at most this often, ms. */
const askAgainEvery = 2_000;

/** Collects documents from the live connection for as long as the page lives. */
export function createLiveStore(live: Live, monotonic: () => number): LiveStore {
  const summaries = cell<ReadonlyMap<string, Summary>>(new Map());
  const jobs = cell<ReadonlyMap<string, JobStatus>>(new Map());
  const system = cell<SystemState | null>(null);
  const statuses = family<EquipmentStatus | undefined>(undefined);
  const telemetries = family<Telemetry | undefined>(undefined);
  const consoles = family<readonly ConsoleLine[]>([]);
  const takeStatus = statusTaker(live, monotonic);

  live.onFrame(frame => {
    switch (frame.type) {
      case 'summary':
        return summaries.update(map => withEntry(map, frame.data.actor, frame.data));
      case 'summaries':
        return summaries.set(new Map(frame.data.map(summary => [summary.actor, summary])));
      case 'status':
        return takeStatus(statuses(frame.data.actor), frame.data);
      case 'telemetry':
        return takeTelemetry(telemetries(frame.data.actor), frame.data);
      case 'job':
        return jobs.update(map => withEntry(map, frame.data.actor, frame.data));
      case 'system':
        return system.set(frame.data);
      case 'wire':
      case 'event':
        return takeConsole(consoles, frame);
      default:
        return;
    }
  });
  return { summaries, jobs, system, status: statuses, telemetry: telemetries, console: consoles };
}

/** One cell per key, made when first asked for. */
function family<T>(initial: T): (key: string) => Cell<T> {
  const cells = new Map<string, Cell<T>>();
  return key => {
    const known = cells.get(key) ?? cell(initial);
    cells.set(key, known);
    return known;
  };
}

function withEntry<T>(map: ReadonlyMap<string, T>, key: string, value: T): ReadonlyMap<string, T> {
  return new Map(map).set(key, value);
}

/** Takes a status unless it is older than the one held (another owner's late frame); after a gap in `seq` the document is asked for again. */
function statusTaker(live: Live, monotonic: () => number): (held: Cell<EquipmentStatus | undefined>, next: EquipmentStatus) => void {
  const askedAt = new Map<string, number>();
  return (held, next) => {
    const before = held.getSnapshot();
    if (before && (next.epoch < before.epoch || (next.epoch === before.epoch && next.seq < before.seq))) return;
    held.set(next);
    if (!before || next.epoch !== before.epoch || next.seq <= before.seq + 1) return;
    if (monotonic() - (askedAt.get(next.actor) ?? Number.NEGATIVE_INFINITY) < askAgainEvery) return;
    askedAt.set(next.actor, monotonic());
    live.askAgain(`${next.actor}/status`);
  };
}

function takeTelemetry(held: Cell<Telemetry | undefined>, next: Telemetry): void {
  const before = held.getSnapshot();
  if (before && next.epoch < before.epoch) return;
  if (before && next.epoch === before.epoch && next.at < before.at) return;
  held.set(next);
}

function takeConsole(
  consoles: (actor: string) => Cell<readonly ConsoleLine[]>,
  frame: Extract<ServerFrame, { type: 'wire' | 'event' }>,
): void {
  const actor = frame.type === 'wire' ? frame.actor : `equipment/${frame.equipment}`;
  consoles(actor).update(lines => keepLatest(lines, consoleLinesOf(frame)));
}
