import type { Summary } from '../../statecharts/equipment/status.ts';
import type { LiveState } from '../client/live.ts';
import type { Services } from '../client/services.ts';
import { stateTruth, type Truth, throughConnection } from '../client/truth.ts';
import { useCell, useNow, useServices } from './hooks.ts';
import { type Look, lookOf, needsPerson, urgencyOf } from './looks.ts';

/** One machine as lists show it. */
export interface FleetRow {
  /** `mill-1` */
  readonly id: string;
  readonly summary: Summary;
  readonly truth: Truth;
  readonly look: Look;
  readonly needsPerson: boolean;
}

/** Every machine, what needs a person first; drawn again once a second because ages move by themselves. */
export function useFleet(): readonly FleetRow[] {
  const services = useServices();
  const summaries = useCell(services.store.summaries);
  const live = useCell(services.live.state);
  const now = useNow(1_000);
  return [...summaries.values()].map(summary => rowOf(services, summary, { live, now })).sort(byNeed);
}

function rowOf({ store }: Services, summary: Summary, { live, now }: { live: LiveState; now: number }): FleetRow {
  const telemetryAt = store.telemetry(summary.actor).getSnapshot()?.at ?? 0;
  const connection = store.status(summary.actor).getSnapshot()?.value.connection;
  const truth = throughConnection(stateTruth(summary, Math.max(summary.at, telemetryAt), now), live);
  const look = lookOf(summary.execution, truth, connection);
  return { id: idOf(summary.actor), summary, truth, look, needsPerson: needsPerson(look, summary) };
}

function byNeed(a: FleetRow, b: FleetRow): number {
  return urgencyOf(a.look, a.summary) - urgencyOf(b.look, b.summary) || a.summary.name.localeCompare(b.summary.name);
}

/** `equipment/mill-1` -> `mill-1` */
function idOf(actor: string): string {
  return actor.replace(/^equipment\//, '');
}
