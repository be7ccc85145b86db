import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, openDatabase } from '../../actors/storage/database.ts';
import { type RunningSimulator as Controller, startSimulator as startController } from '../../machines/grbl/simulator/run.ts';
import { startSimulator as startRelay } from '../../machines/modbus/simulator/run.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import { Person } from '../product/api.ts';
import { Product } from '../product/product.ts';
import { Watch } from '../product/watch.ts';
import { type Hands, handsAt } from './hands.ts';
import { Station } from './station.ts';

export type Family = Extract<ProfileName, 'motion' | 'laser' | 'switch'>;
export const families: readonly Family[] = ['motion', 'laser', 'switch'];

/** Of everybody. */
export const password = 'correct horse battery';
/** Motion is so many times faster than life. */
const pace = 60;
const types: Readonly<Record<Family, string>> = { motion: 'grbl', laser: 'grbl-laser', switch: 'modbus-switch' };

/** Beside Mara, the administrator. Olga never states to be anywhere unless she is asked to, Tina asks nothing before an outage, and the last three walk away. */
const others = {
  ben: 'operator',
  olga: 'operator',
  tina: 'operator',
  vic: 'maintainer',
  wim: 'maintainer',
  vera: 'viewer',
  ada: 'operator',
  otto: 'operator',
  uwe: 'operator',
} as const;
export type OtherName = keyof typeof others;

/** Machines beside those of the demo, on network ports, so that several situations are gone through at once. */
const more: readonly (readonly [string, Family])[] = [
  ['mill-2', 'motion'],
  ['mill-3', 'motion'],
  ['laser-2', 'laser'],
  ['laser-3', 'laser'],
  ['extractor-2', 'switch'],
];
/** The others are on ports of the product's own. */
export const isOnNetwork = (id: string): boolean => more.some(([one]) => one === id);
/** What the rules of the workshop look at: switched on and off by them alone. */
export const beside = 'extractor-3';

/** A product with several machines of each family, whoever works there, and what hands, clocks and servers do. */
export class Workshop {
  readonly product: Product;
  readonly mara: Person;
  readonly people: Readonly<Record<OtherName, Person>>;
  readonly db: Database;
  readonly stations: readonly Station[];
  readonly beside: Station;
  readonly #watch: Watch;
  readonly #simulators: readonly { close(): Promise<void> }[];
  readonly #held = new Map<string, Promise<unknown>>();

  static async open(): Promise<Workshop> {
    const product = await Product.start({ args: ['--demo-speed', String(pace)] });
    const mara = await product.administrator();
    const db = openDatabase({ url: databaseOf(product), name: 'way-out' });
    const simulators = await Promise.all([...more, [beside, 'switch'] as const].map(([id, family]) => addMachine(db, id, family)));
    const demo = (['mill-1', 'laser-1', 'extractor-1'] as const).map((id, at) => {
      return { id, family: families[at] ?? 'switch', hands: handsAt(join(product.dataDir, 'run', `${id}.control`)) };
    });
    const machines = [...demo, ...simulators];
    const people = await employ(product, mara);
    const watch = await Watch.open(
      product.url,
      mara,
      machines.map(({ id }) => id),
    );
    return new Workshop({ product, mara, db, people, watch, machines, simulators });
  }

  private constructor(parts: {
    product: Product;
    mara: Person;
    db: Database;
    people: Readonly<Record<OtherName, Person>>;
    watch: Watch;
    machines: readonly Machine[];
    simulators: readonly (Machine & { close(): Promise<void> })[];
  }) {
    const { product, mara, db, people, watch, simulators } = parts;
    this.product = product;
    this.mara = mara;
    this.db = db;
    this.people = people;
    this.#watch = watch;
    this.#simulators = simulators;
    const all = parts.machines.map(({ id, family, hands }) => new Station({ id, family, hands, watch, workshop: this }));
    this.stations = all.filter(({ id }) => id !== beside);
    this.beside = all.find(({ id }) => id === beside) ?? fail();
  }

  /** Everybody is at work: each machine has its own Mara, with a session of her own, and all are connected. */
  async begin(): Promise<void> {
    for (const station of [...this.stations, this.beside]) await station.open(await this.logIn('mara'));
    await Promise.all([...this.stations, this.beside].map(station => station.reaches('connection', 'online')));
  }

  async logIn(login: string): Promise<Person> {
    const person = new Person(this.product.url);
    const answer = await person.logIn(login, password);
    if (answer.status >= 300) throw new Error(`${login} cannot log in: ${JSON.stringify(answer)}`);
    return person;
  }

  /** Who is called so in the words of a step. */
  named(name: string): Person {
    const found = Object.values(this.people).find(({ session }) => session.me.name === name);
    if (found) return found;
    throw new Error(`There is nobody called ${name}.`);
  }

  /** One after the other, for what they have in common. */
  async alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    const before = this.#held.get(what) ?? Promise.resolve();
    const mine = before.catch(() => undefined).then(work);
    this.#held.set(what, mine);
    return mine;
  }

  async close(): Promise<void> {
    this.#watch.close();
    await Promise.all(this.#simulators.map(one => one.close()));
    await this.db.destroy();
    await this.product.remove();
  }
}

function databaseOf(product: Product): string {
  const password = encodeURIComponent(readFileSync(join(product.dataDir, 'secrets/database'), 'utf8').trim());
  return `postgres://wit_administrator:${password}@localhost/wit?host=${encodeURIComponent(product.endpoints().database)}`;
}

interface Machine {
  readonly id: string;
  readonly family: Family;
  readonly hands: Hands;
}

function fail(): never {
  throw new Error(`There is no ${beside}.`);
}

async function employ(product: Product, mara: Person): Promise<Readonly<Record<OtherName, Person>>> {
  const entries = Object.entries(others).map(async ([login, role]) => {
    const name = `${login.charAt(0).toUpperCase()}${login.slice(1)}`;
    const added = await mara.call('POST', '/auth/people', { login, name, role, password });
    if (added.status !== 201) throw new Error(`${name} could not be added: ${JSON.stringify(added)}`);
    const person = new Person(product.url);
    await person.logIn(login, password);
    return [login, person] as const;
  });
  return Object.fromEntries(await Promise.all(entries)) as unknown as Readonly<Record<OtherName, Person>>;
}

/** A simulated machine on a port of this computer, and its row. A node takes it up by itself. */
async function addMachine(db: Database, id: string, family: Family): Promise<Machine & { close(): Promise<void> }> {
  const simulator = family === 'switch' ? await relay(id) : await controller(id, family);
  if (!('host' in simulator.link)) throw new Error(`${id} is not on the network`);
  await addRow(db, { id, family, port: simulator.link.port });
  const hands: Hands = async verb => {
    const answer = await simulator.perform(verb as never);
    if (!answer.ok) throw new Error(`${JSON.stringify(verb)}: ${answer.error}`);
  };
  return { id, family, hands, close: () => simulator.close() };
}

function relay(name: string) {
  return startRelay({ tcp: 0, log: null, control: null, timeFactor: pace, name });
}

function controller(name: string, family: Family): Promise<Controller> {
  const kind = family === 'laser' ? 'laser' : 'mill';
  return startController({ port: { tcp: 0, clients: 'several' }, log: null, control: null, timeFactor: pace, baud: 0, name, kind });
}

async function addRow(db: Database, { id, family, port }: { id: string; family: Family; port: number }): Promise<void> {
  const settings = JSON.stringify({ host: '127.0.0.1', port, simulated: true });
  const name = id.replace('-', ' ').replace(/^./, first => first.toUpperCase());
  const row = { id, name, type: types[family], settings, simulated: true, node: null, removed_at: null };
  await db.insertInto('equipment').values(row).execute();
}
