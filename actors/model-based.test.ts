import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningSimulator as RunningGrbl, startSimulator as startGrbl } from '../machines/grbl/simulator/run.ts';
import { type RunningSimulator as RunningRelay, startSimulator as startRelay } from '../machines/modbus/simulator/run.ts';
import { commandsOf } from '../statecharts/profiles/rules.ts';
import type { Node } from './node.ts';
import { closeShop, openMillShop } from './testing/mill-shop.ts';
import { TestMill } from './testing/test-mill.ts';
import { type Leg, Tour } from './testing/tour.ts';
import type { Workshop } from './testing/workshop.ts';

const toIdle: readonly Leg[] = [
  { command: 'CLEAR', leadsTo: { execution: 'Stopped' } },
  { command: 'RESET', leadsTo: { execution: 'Idle' } },
];
/** A way through what surrounds the states of execution: people, service, motion by hand. Before each leg every forbidden command is tried. */
const legs: readonly Leg[] = [
  ...toIdle,
  { command: 'RESERVE', args: {}, leadsTo: { occupancy: 'reserved' } },
  { command: 'CANCEL_RESERVATION', leadsTo: { occupancy: 'free' } },
  { command: 'TAKE_OUT_OF_SERVICE', args: { reason: 'worn' }, leadsTo: { maintenance: 'outOfService' } },
  { command: 'RETURN_TO_SERVICE', leadsTo: { maintenance: 'inService' } },
  { command: 'LOCK_OUT', args: { reason: 'belt' }, leadsTo: { maintenance: 'lockedOut' } },
  { command: 'REMOVE_LOCK', leadsTo: { maintenance: 'inService' } },
  { command: 'CHECK_IN', leadsTo: { occupancy: 'occupied' } },
  { command: 'DISCONNECT', leadsTo: { connection: 'disconnected' } },
  { command: 'CONNECT', leadsTo: { connection: 'online' } },
  ...toIdle,
  { command: 'SET_MODE', args: { mode: 'setup' }, leadsTo: { mode: 'setup.ready' } },
  { command: 'HOME', leadsTo: { mode: 'setup.ready' } },
  { command: 'MDI', args: { line: 'G0 X-20' }, leadsTo: { mode: 'setup.ready' } },
  {
    command: 'JOG',
    args: { jogId: '0192d3a0-0000-7000-8000-00000000000a', direction: { x: 1 }, feed: 600, distance: 1 },
    leadsTo: { mode: 'setup.ready' },
  },
  { command: 'SET_MODE', args: { mode: 'processing' }, leadsTo: { mode: 'processing' } },
];

/** Long enough that no stop of a tour sees its end, in moves so short that COMPLETE does not take long. */
const program = `G21\nG90\n${'G1 X-10 F300\nG1 X-20 F300\n'.repeat(1_000)}`;

let shop: Workshop;
let mill: RunningGrbl;
let laser: RunningGrbl;
let relay: RunningRelay;
let node: Node;

beforeAll(async () => {
  ({ shop, simulator: mill, node } = await openMillShop({ furnish }));
});
afterAll(async () => {
  await node?.close();
  await laser?.close();
  await relay?.close();
  await closeShop({ node: undefined, simulator: mill, shop });
});

/** A laser and a switch beside the mill, and somebody to whom control can be handed over. */
async function furnish(at: Workshop): Promise<void> {
  const { port, wireLog } = new TestMill(at, 'laser-1');
  laser = await startGrbl({ port, log: wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST LASER', kind: 'laser' });
  relay = await startRelay({ tcp: 0, log: null, control: null, timeFactor: 50, name: 'TEST RELAY' });
  await at.addMachine('laser-1', 'grbl-laser', { path: port, simulated: true });
  await at.addMachine('extractor-1', 'modbus-switch', { ...relay.link, simulated: true });
  const row = { id: 'ben', login: 'ben', name: 'Ben', role: 'operator', password_hash: 'none' } as const;
  await at.ground.db.insertInto('person').values(row).execute();
}

describe.concurrent('[EQ100] a real machine refuses what the model forbids, and goes where the model says', () => {
  test('a mill, in every state in which it stands and with every command', async () => {
    const tour = new Tour({ shop, id: 'mill-1', profile: 'motion', program });
    await tour.go(legs);
    await tour.goOpenPairs();
    expect(tour.pairs).toBe(7 * commandsOf('motion').length);
  }, 240_000);

  test('a laser on the same controller, in every state in which it stands and with every command', async () => {
    const tour = new Tour({ shop, id: 'laser-1', profile: 'laser', program });
    await tour.goOpenPairs();
    expect(tour.pairs).toBe(7 * commandsOf('laser').length);
  }, 240_000);

  test('a Modbus relay, which stands in three states', async () => {
    const tour = new Tour({ shop, id: 'extractor-1', profile: 'switch' });
    await tour.goOpenPairs();
    expect(tour.pairs).toBe(3 * commandsOf('switch').length);
  }, 240_000);
});
