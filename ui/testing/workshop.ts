import type { Me, SessionResponse } from '../../gateway/contract/auth.ts';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { toStatus, toSummary } from '../../statecharts/equipment/project.ts';
import type { EquipmentStatus, Summary, Telemetry } from '../../statecharts/equipment/status.ts';
import { bench, preparation } from '../../statecharts/equipment/test-bench.ts';
import { createServices, type Services } from '../client/services.ts';
import { type FakeSocket, FakeWorld, settle, wellSystem } from './fake-world.ts';

/** The documents of a mill after these events of its real chart. */
export function millAfter(events: readonly EquipmentEvent[], at: number): { status: EquipmentStatus; summary: Summary } {
  const snapshot = { context: bench(events).facts() };
  return { status: toStatus(snapshot, { seq: 7, decisionSeq: 3, at }), summary: toSummary(snapshot, { at }) };
}

/** Telemetry of the mill, said by the device at `at`. */
export function millTelemetry(at: number): Telemetry {
  const axes = { x: 1, y: 2, z: 3 };
  return {
    actor: 'equipment/mill-1',
    at,
    epoch: 1,
    n: 1,
    machine: axes,
    work: { x: 130, y: 46.2, z: 5 },
    system: 'G54',
    feed: 1_480,
    spindle: 11_950,
    overrides: { feed: 100, rapid: 50, spindle: 100 },
    pins: [],
    program: null,
    link: { errors: 0, lines: 10 },
  };
}

/** What log-in answers for Mara, who holds control of the mill in the test events. */
export function maraSession(now: number, as: Partial<Me> = {}): SessionResponse {
  return {
    accessToken: 'token-1',
    expiresAt: now + 900_000,
    stopPass: 'pass-1',
    stopPort: 8001,
    me: { id: 'mara', sid: 's-1', name: 'Mara', login: 'mara', role: 'operator', presence: { 'mill-1': now + 900_000 }, ...as },
  };
}

export interface Workshop {
  readonly world: FakeWorld;
  readonly services: Services;
  readonly live: FakeSocket;
  readonly lane: FakeSocket;
  /** Shows the mill as after these events. */
  show(events: readonly EquipmentEvent[]): EquipmentStatus;
}

/** A page with Mara logged in, or somebody else, live and lane open, and the mill prepared to START. */
export async function openWorkshop(as: Partial<Me> = {}): Promise<Workshop> {
  const world = new FakeWorld();
  world.answers.set('POST /api/v1/auth/refresh', { status: 200, body: maraSession(world.now, as) });
  const services = createServices(world.env);
  await services.session.restore();
  await settle();
  const [live, lane] = [world.socket('/api/v1/live'), world.socket(':8001')];
  live.open();
  lane.open();
  lane.say({ ready: true, node: true });
  live.say({ type: 'hello', at: world.now, version: '1' });
  live.say(wellSystem(world.now));
  const show = (events: readonly EquipmentEvent[]): EquipmentStatus => {
    const { status, summary } = millAfter(events, world.now);
    live.say({ type: 'status', data: status });
    live.say({ type: 'summaries', data: [summary] });
    live.say({ type: 'telemetry', data: millTelemetry(world.now) });
    return status;
  };
  show(preparation);
  return { world, services, live, lane, show };
}

/** The gateway's answer when asked for the way to START: these steps. */
export function wayToStart(steps: readonly object[]) {
  const user = { id: 'mara', login: 'mara', name: 'Mara', role: 'operator', presentUntil: null };
  return { status: 200, body: { outcome: 'path', steps, allowed: false, reasons: [], seq: 1, at: 1, user, recorded: null } };
}
