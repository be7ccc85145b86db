import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { Caller } from '../statecharts/caller.ts';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import type { CommandName } from '../statecharts/equipment/commands.ts';
import { decideFor } from '../statecharts/equipment/decide.ts';
import type { CommandEvent } from '../statecharts/equipment/events.ts';
import { permits } from '../statecharts/equipment/guards.ts';
import { factsOf } from '../statecharts/equipment/path-facts.ts';
import type { EquipmentStatus } from '../statecharts/equipment/status.ts';
import { commandsOf } from '../statecharts/profiles/rules.ts';
import { commandAlphabet } from '../statecharts/verify/alphabet.ts';
import { compile } from '../statecharts/verify/compile.ts';
import { step } from '../statecharts/verify/step.ts';
import type { Node } from './node.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { anna } from './testing/test-gateway.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

/** A command on the way through the states of a mill, and what the machine comes to by itself afterwards. */
interface Leg {
  readonly command: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  /** The regions that are awaited before the next leg. */
  readonly leadsTo: Readonly<Record<string, string>>;
}

const toIdle: readonly Leg[] = [
  { command: 'CLEAR', leadsTo: { execution: 'Stopped' } },
  { command: 'RESET', leadsTo: { execution: 'Idle' } },
];
/** Every command that leads somewhere, at least once; before each leg every command that is forbidden there is tried. */
const tour: readonly Leg[] = [
  ...toIdle,
  { command: 'RESERVE', args: {}, leadsTo: { occupancy: 'reserved' } },
  { command: 'CANCEL_RESERVATION', leadsTo: { occupancy: 'free' } },
  { command: 'TAKE_OUT_OF_SERVICE', args: { reason: 'worn' }, leadsTo: { maintenance: 'outOfService' } },
  { command: 'RETURN_TO_SERVICE', leadsTo: { maintenance: 'inService' } },
  { command: 'LOCK_OUT', args: { reason: 'belt' }, leadsTo: { maintenance: 'lockedOut' } },
  { command: 'REMOVE_LOCK', leadsTo: { maintenance: 'inService' } },
  { command: 'CHECK_IN', leadsTo: { occupancy: 'occupied' } },
  { command: 'SET_MODE', args: { mode: 'setup' }, leadsTo: { mode: 'setup.ready' } },
  { command: 'HOME', leadsTo: { mode: 'setup.ready' } },
  { command: 'MDI', args: { line: 'G0 X-20' }, leadsTo: { mode: 'setup.ready' } },
  {
    command: 'JOG',
    args: { jogId: '0192d3a0-0000-7000-8000-00000000000a', direction: { x: 1 }, feed: 600, distance: 1 },
    leadsTo: { mode: 'setup.ready' },
  },
  { command: 'SET_MODE', args: { mode: 'processing' }, leadsTo: { mode: 'processing' } },
  { command: 'LOAD_JOB', leadsTo: {} },
  { command: 'UNLOAD_JOB', leadsTo: {} },
  { command: 'LOAD_JOB', leadsTo: {} },
  { command: 'START', leadsTo: { execution: 'Execute' } },
  { command: 'OVERRIDE', args: { kind: 'feed', percent: 90 }, leadsTo: {} },
  { command: 'HOLD', leadsTo: { execution: 'Held' } },
  { command: 'UNHOLD', leadsTo: { execution: 'Execute' } },
  { command: 'SUSPEND', leadsTo: { execution: 'Suspended' } },
  { command: 'UNSUSPEND', leadsTo: { execution: 'Execute' } },
  { command: 'LOCK_OUT', args: { reason: 'noise' }, leadsTo: { execution: 'Aborted', maintenance: 'lockedOut' } },
  { command: 'REMOVE_LOCK', leadsTo: { maintenance: 'inService' } },
  ...toIdle,
  { command: 'STOP', leadsTo: { execution: 'Stopped' } },
  { command: 'ABORT', leadsTo: { execution: 'Aborted' } },
  { command: 'CHECK_OUT', leadsTo: { occupancy: 'free' } },
];

const table = compile(equipmentChart('motion').config);
const me: Caller = { ...anna('mill-1'), qualifications: [] };
let shop: Workshop;
let simulator: RunningSimulator;
let node: Node;
let mill: TestMill;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  mill = new TestMill(shop);
  simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
  node = await shop.startNode();
  await mill.becomes('connection', 'online');
});
afterAll(async () => {
  await node?.close();
  await simulator?.close();
  await shop?.close();
});

/** What is published once nothing is on its way: a report in between would make the prediction one of another state. */
async function settled(): Promise<EquipmentStatus> {
  const looks: number[] = [];
  await until('the machine rests or works steadily', () => {
    looks.push(shop.status('mill-1')?.seq ?? -1);
    return looks.length > 4 && new Set(looks.slice(-4)).size === 1;
  });
  const status = shop.status('mill-1');
  if (!status) throw new Error('The mill has no status.');
  return status;
}

const seenIn = ({ epoch, decisionSeq }: EquipmentStatus) => ({ seen: { epoch, decisionSeq, at: Date.now() } });
const codes = (reasons: readonly { readonly code: string }[]) => reasons.map(reason => reason.code);
const asked = (name: CommandName) => commandAlphabet('motion').find(event => event.type === name)?.args ?? {};
/** These are refused also for what the owner looks up, which a page cannot know. */
const lookedUp: readonly CommandName[] = ['LOAD_JOB', 'HAND_OVER'];

/** Every command that is forbidden here is asked of the real owner, and refused for what the model says. */
async function tryForbidden(status: EquipmentStatus): Promise<number> {
  let tried = 0;
  for (const name of commandsOf('motion')) {
    const verdict = decideFor(status, me, { command: name, args: asked(name) }, Date.now());
    if (verdict.allowed) continue;
    const outcome = await mill.ask(name, asked(name), seenIn(status));
    const where = `${name} in ${status.value.execution}, ${status.value.mode}, ${status.value.occupancy}, ${status.value.maintenance}`;
    expect(outcome.outcome, where).toBe('refused');
    if (lookedUp.includes(name)) expect(codes(outcome.reasons), where).toEqual(expect.arrayContaining(codes(verdict.reasons)));
    else expect(codes(outcome.reasons), where).toEqual(codes(verdict.reasons));
    tried += 1;
  }
  return tried;
}

/** The states that the tables of the chart predict for a command in what is published; null when they say that nothing takes it. */
function predicted(status: EquipmentStatus, event: CommandEvent): Readonly<Record<string, string>> | null {
  const { facts } = factsOf(status);
  const here = { value: table.regions.map(region => status.value[region.name] ?? region.initial), facts };
  const after = step(table, here, event, permits);
  return after && Object.fromEntries(table.regions.map((region, i) => [region.name, after.value[i] ?? '']));
}

async function argsOf(leg: Leg, status: EquipmentStatus): Promise<Readonly<Record<string, unknown>>> {
  if (leg.command === 'REMOVE_LOCK') return { lock: status.locks[0]?.id ?? '' };
  if (leg.command !== 'LOAD_JOB') return leg.args ?? {};
  const { job } = await shop.createJob('mill-1', longProgram);
  await until('the job is checked', () => shop.jobStatus(job)?.state === 'ready');
  return { job };
}

async function take(leg: Leg): Promise<void> {
  const args = await argsOf(leg, await settled());
  await until(`${leg.command} is allowed`, () => allowedNow(leg.command, args));
  const status = await settled();
  const job = { id: String(args.job), name: '', hash: '', lines: 1, bounds: null, offsets: status.offsets };
  const event = { type: leg.command, args, caller: me, at: Date.now(), commandId: 'c', facts: { job } } as unknown as CommandEvent;
  const expected = predicted(status, event);
  const outcome = await mill.ask(leg.command, args, seenIn(status));
  expect(outcome, leg.command).toMatchObject({ outcome: 'accepted', reasons: [] });
  await until(`${leg.command} is published`, () => stateAt(outcome.seq) !== undefined);
  expect(stateAt(outcome.seq), leg.command).toEqual(expected);
  for (const [region, state] of Object.entries(leg.leadsTo)) await mill.becomes(region, state);
}

function allowedNow(command: CommandName, args: Readonly<Record<string, unknown>>): boolean {
  const status = shop.status('mill-1');
  return status !== undefined && decideFor(status, me, { command, args }, Date.now()).allowed;
}

/** What was published with this place in the journal. */
function stateAt(seq: number): Readonly<Record<string, string>> | undefined {
  const found = shop.heard.find(one => one.subject.endsWith('mill-1.status') && (one.body as EquipmentStatus).seq === seq);
  return (found?.body as EquipmentStatus | undefined)?.value;
}

test('[EQ100] a real mill refuses what the model forbids, in every state of a tour, and goes where the model says', async () => {
  let tried = 0;
  for (const leg of tour) {
    tried += await tryForbidden(await settled());
    await take(leg);
  }
  expect(tried).toBeGreaterThan(400);
  expect(new Set(tour.map(leg => leg.command)).size).toBeGreaterThan(22);
}, 240_000);
