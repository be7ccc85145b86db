import { realpathSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { catalog } from '../machines/catalog.ts';
import { startSimulator } from '../machines/grbl/simulator/run.ts';
import { takePortLock } from '../machines/links/port-lock.ts';
import { startSimulator as startRelay } from '../machines/modbus/simulator/run.ts';
import { readEvents } from './storage/journal.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { ownPort } from './testing/own-port.ts';
import { createTestDatabase } from './testing/test-database.ts';
import { longProgram, TestMill } from './testing/test-mill.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';

let shop: Workshop;
let nodes: NodeProcesses;
/** Works all the time: nothing of what happens to the others may touch it. */
let mill: TestMill;
const simulators = new Map<string, Device>();

type Trouble = 'cut' | 'dont_answer' | 'black_hole';
/** A simulated device of any type, with what can be done to it by name. */
interface Device {
  readonly link: object;
  perform(verb: { readonly verb: Trouble | 'restore' | 'answer' | 'state' }): Promise<unknown>;
  close(): Promise<void>;
}

interface Loss {
  readonly name: string;
  /** The settings that lead there; what is there by then is out of reach already, or is not yet. */
  prepare(id: string, type: string): Promise<object>;
  /** Puts it out of reach, when it is not from the beginning. */
  readonly begin?: { readonly verb: Trouble };
  /** For devices on a wire only, or only for those on the network that serve one client. */
  readonly only?: 'wire' | 'one-client';
  /** The cause as the status says it. */
  readonly says: RegExp;
  /** Ends it. */
  end(id: string, type: string): Promise<unknown>;
}

/** A simulated device of the type, on a wire or on the network. */
async function device(id: string, type: string, port: string | number): Promise<Device> {
  const simulator = type === 'modbus-switch' ? await relay(id, Number(port)) : await machine(id, type, port);
  simulators.set(id, simulator);
  return simulator;
}

async function relay(id: string, port: number): Promise<Device> {
  const simulator = await startRelay({ tcp: port, log: null, control: null, timeFactor: 50, name: id });
  // What is pulled out of a controller on the network is a relay that is gone from it.
  const perform: Device['perform'] = ({ verb }) => simulator.perform({ verb: verb === 'cut' ? 'go_away' : verb });
  return { ...simulator, perform };
}

async function machine(id: string, type: string, port: string | number): Promise<Device> {
  const place = typeof port === 'string' ? port : ({ tcp: port, clients: 'one' } as const);
  const kind = type === 'grbl-laser' ? 'laser' : 'mill';
  return startSimulator({ port: place, log: null, control: null, timeFactor: 50, baud: 0, name: id, kind });
}

const wire = (id: string) => join(shop.dataDir, `port-${id}`);
const perform = (verb: Parameters<Device['perform']>[0]) => (id: string) =>
  simulators.get(id)?.perform(verb) ?? Promise.reject(new Error(`no simulator ${id}`));
const onWire = async (id: string, type: string) => (await device(id, type, wire(id))).link;
const onNetwork = async (id: string, type: string) => (await device(id, type, 0)).link;
const locks = new Map<string, { release(): void }>();
const guests = new Map<string, Socket>();
/** A network port of this computer that nobody listens on for now. */
const quietPorts = new Map<string, number>();

/** Every way in which a link can be lost, or never come about. */
const losses: readonly Loss[] = [
  { name: 'port-missing', only: 'wire', prepare: async id => ({ path: wire(id) }), says: /There is no port/, end: onWire },
  {
    name: 'port-taken',
    only: 'wire',
    async prepare(id, type) {
      const { link } = await device(id, type, wire(id));
      const lock = takePortLock(realpathSync(wire(id)));
      if (lock.ok) locks.set(id, lock.lock);
      return link;
    },
    says: /is in use by process/,
    end: async id => locks.get(id)?.release(),
  },
  {
    name: 'unplugged',
    only: 'wire',
    prepare: onWire,
    begin: { verb: 'cut' },
    says: /There is no port|The connection broke/,
    end: perform({ verb: 'restore' }),
  },
  {
    name: 'mute',
    only: 'wire',
    prepare: onWire,
    begin: { verb: 'dont_answer' },
    says: /does not answer/,
    end: perform({ verb: 'answer' }),
  },
  {
    name: 'refused',
    async prepare(id) {
      const port = await ownPort();
      quietPorts.set(id, port);
      return { host: '127.0.0.1', port };
    },
    says: /cannot be reached: .*ECONNREFUSED/,
    end: (id, type) => device(id, type, quietPorts.get(id) ?? 0),
  },
  {
    name: 'occupied',
    only: 'one-client',
    async prepare(id, type) {
      const { link } = await device(id, type, 0);
      const guest = connect(link as { host: string; port: number });
      guest.on('error', () => undefined);
      guest.resume();
      guests.set(id, guest);
      await new Promise(done => guest.once('data', done));
      return link;
    },
    says: /The connection broke|cannot be reached/,
    end: async id => guests.get(id)?.destroy(),
  },
  {
    name: 'reset',
    prepare: onNetwork,
    begin: { verb: 'cut' },
    says: /ECONNRESET|ECONNREFUSED|The connection broke/,
    end: perform({ verb: 'restore' }),
  },
  {
    name: 'swallowed',
    prepare: onNetwork,
    begin: { verb: 'black_hole' },
    says: /answer/,
    end: perform({ verb: 'restore' }),
  },
  // The broadcast address of the loopback network and a name that cannot be: nobody is ever there, and no packet leaves this computer.
  {
    name: 'unreachable',
    prepare: async () => ({ host: '127.255.255.255', port: 23, connectTimeoutMs: 300 }),
    says: /127\.255\.255\.255 port 23 cannot be reached/,
    end: async () => undefined,
  },
  {
    name: 'nameless',
    prepare: async () => ({ host: 'no-such-machine.invalid', port: 23, connectTimeoutMs: 300 }),
    says: /no-such-machine\.invalid port 23 cannot be/,
    end: async () => undefined,
  },
];
const forGood = ['unreachable', 'nameless'];

/** A type without a serial port has what can happen on the network, and a relay serves several clients. */
const cases = catalog.flatMap(({ type, settings }) => {
  const onSerial = settings.safeParse({ path: '/dev/null' }).success;
  return losses.filter(loss => onSerial || loss.only === undefined).map(loss => ({ id: `${type}-${loss.name}`, type, loss }));
});

async function add(id: string, type: string, settings: object): Promise<void> {
  const row = { id, name: id, type, settings: JSON.stringify({ ...settings, simulated: true }), simulated: true };
  await shop.ground.db
    .insertInto('equipment')
    .values({ ...row, node: null, removed_at: null })
    .execute();
}

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  nodes = await NodeProcesses.open(shop, {});
  mill = new TestMill(shop);
  const healthy = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'HEALTHY' });
  simulators.set('mill-1', healthy);
  await add('mill-1', 'grbl', healthy.link);
  for (const { id, type, loss } of cases) await add(id, type, await loss.prepare(id, type));
  await nodes.start('n1');
}, 120_000);
afterAll(async () => {
  for (const guest of guests.values()) guest.destroy();
  for (const lock of locks.values()) lock.release();
  await nodes?.close();
  for (const simulator of simulators.values()) await simulator.close();
  await shop?.close();
});

const connection = (id: string) => shop.status(id)?.value.connection;
const isCutOff = (id: string) => connection(id) === 'offline' || connection(id) === 'stale';
const lostReasons = async (id: string) =>
  (await readEvents(shop.ground.db, `equipment/${id}`, { after: 0, limit: 1_000 }))
    .filter(event => event.type === 'link.lost')
    .map(event => String((event.data as { reason: string }).reason));

/** Not connected, said with its cause to everybody. */
async function saysWhy(id: string, says: RegExp): Promise<void> {
  await until(`${id} says why`, () => isCutOff(id) && says.test(shop.status(id)?.detail ?? ''), 60_000).catch(cause => {
    throw new Error(`${String(cause)}: ${JSON.stringify([connection(id), shop.status(id)?.detail])}`);
  });
}

/** Nothing in the process was started anew: not the process, and none of its actors. */
function expectUnmoved(): void {
  expect(nodes.the('n1').child.exitCode).toBeNull();
  const tree = shop.nodeStatus()?.tree ?? [];
  expect(tree.filter(child => child.state !== 'running' || child.restarts > 0)).toEqual([]);
  for (const { id } of cases) expect([id, shop.status(id)?.epoch]).toEqual([id, 1]);
  expect(shop.log.filter(line => /uncaught|unhandled|^\S+:\s+at /i.test(line))).toEqual([]);
}

describe('[G8] whatever gets out of reach, for every type in the catalogue', () => {
  test('what is not there at the start is said with its cause; the others are online', async () => {
    await mill.becomes('connection', 'online');
    const [there, absent] = [cases.filter(one => one.loss.begin), cases.filter(one => !one.loss.begin)];
    for (const { id, loss } of absent) await saysWhy(id, loss.says);
    for (const { id } of there) await until(`${id} is online`, () => connection(id) === 'online');
    for (const { id } of absent) expect(await lostReasons(id)).not.toEqual([]);
    expectUnmoved();
  }, 120_000);

  test('what is lost while another machine works is said with its cause, and that one works on untouched', async () => {
    await mill.makeReady();
    const job = await mill.startJob(longProgram);
    await until('lines on the wire', () => mill.lines().length > 30);
    const [holds, resets] = [mill.count('0x21'), mill.count('0x18')];
    const leaving = cases.flatMap(({ id, loss }) => (loss.begin ? [{ id, loss, begin: loss.begin }] : []));
    for (const { id, begin } of leaving) await simulators.get(id)?.perform(begin);
    for (const { id, loss } of leaving) await saysWhy(id, loss.says);
    const lines = mill.lines().length;
    await until('the other one goes on', () => mill.lines().length > lines + 30);
    expect([mill.count('0x21'), mill.count('0x18')]).toEqual([holds, resets]);
    expect(shop.status('mill-1')).toMatchObject({
      epoch: 1,
      truth: 'live',
      value: { execution: 'Execute' },
      run: { job, result: 'running' },
    });
    expectUnmoved();
  }, 120_000);

  test('what comes back is taken up again by the same actor, held and to be cleared, and nothing moves', async () => {
    const coming = cases.filter(one => !forGood.includes(one.loss.name));
    for (const { id, type, loss } of coming) await loss.end(id, type);
    for (const { id } of coming) await until(`${id} is online again`, () => connection(id) === 'online', 60_000);
    for (const { id } of coming) expect([id, shop.status(id)?.truth, shop.status(id)?.value.execution]).toEqual([id, 'live', 'Aborted']);
    for (const { id } of coming) expect(await simulators.get(id)?.perform({ verb: 'state' })).toMatchObject({ moving: false });
    expect(shop.status('mill-1')).toMatchObject({ epoch: 1, value: { execution: 'Execute' } });
    expectUnmoved();
  }, 120_000);
});
