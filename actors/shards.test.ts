import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { constantFrom, sample } from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyChain } from './storage/journal.ts';
import { linesKnown, seedEndedJobs } from './testing/ended-jobs.ts';
import { NodeProcesses } from './testing/node-processes.ts';
import { suspend } from './testing/suspend.ts';
import { createTestDatabase, type TestDatabase } from './testing/test-database.ts';
import { until } from './testing/until.ts';
import { Workshop } from './testing/workshop.ts';
import { askActor } from './transport/ask-actor.ts';
import { type Messages, openMessages } from './transport/messages.ts';

const names = ['n1', 'n2', 'n3'] as const;
const jobs = Array.from({ length: 48 }, (_, n) => `ended-${n}`);
/** Rounds of trouble; `npm run test:many` makes more. */
const rounds = Number(process.env.WIT_TEST_STORM_ROUNDS ?? 3);

let ground: TestDatabase;
let shop: Workshop;
let nodes: NodeProcesses;
let messages: Messages;

beforeAll(async () => {
  ground = await createTestDatabase();
  shop = await Workshop.open(ground);
  nodes = await NodeProcesses.open(shop, { WIT_LEASE_TTL_MS: '2000' });
  await seedEndedJobs(ground.db, jobs);
  await appointReferee();
  const { WIT_NATS_URL, WIT_NATS_CREDS } = shop.env;
  const credsFile = WIT_NATS_CREDS ?? null;
  messages = openMessages({ url: WIT_NATS_URL ?? '', credsFile, name: 'teller', now: Date.now, log: () => undefined });
  await until('the teller is connected', () => messages.state.ok);
});
afterAll(async () => {
  await messages?.close();
  await nodes?.close();
  await shop?.close();
});

/** Sits in the database: notes for each append who made it, and who owned the shard at that very moment. */
async function appointReferee(): Promise<void> {
  const statements = [
    'create table referee (actor text, seq bigint, epoch bigint, by text, owner text, shard_epoch bigint)',
    `create function judge() returns trigger language plpgsql security definer as $$
      declare held record;
      begin
        select owner, epoch into held from actor where id = (select shard from actor where id = new.actor_id);
        insert into referee values (new.actor_id, new.seq, new.epoch, current_setting('application_name'), held.owner, held.epoch);
        return null;
      end $$`,
    'create trigger judge after insert on event for each row execute function judge()',
  ];
  for (const statement of statements) await sql.raw(statement).execute(ground.admin);
}

interface Verdict {
  readonly actor: string;
  readonly epoch: number;
  readonly by: string;
  readonly owner: string | null;
  readonly shard_epoch: number | null;
}

const verdicts = async () => (await sql<Verdict>`select * from referee order by actor, seq`.execute(ground.admin)).rows;

/** How many shards each node has, by the database; only processes that live. */
async function shares(): Promise<Readonly<Record<string, number>>> {
  const rows = await ground.db.selectFrom('actor').select(['owner', 'nonce']).where('kind', '=', 'shard').execute();
  const living = new Map(names.map(name => [name as string, nodes.has(name) ? nodes.the(name).boot : '']));
  const counts: Record<string, number> = {};
  for (const { owner, nonce } of rows) {
    const name = owner !== null && living.get(owner) === nonce ? owner : 'nobody';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

async function spreadOver(count: number): Promise<void> {
  const even = [Math.floor(64 / count), Math.ceil(64 / count)];
  const isEven = async () => {
    const found = await shares();
    const sizes = Object.values(found);
    return found.nobody === undefined && sizes.length === count && sizes.every(size => even.includes(size));
  };
  await until(`64 shards are spread over ${count} nodes`, isEven, 60_000);
}

const letsGoOf = (name: string) =>
  until(`nothing is ${name}'s any more`, async () => {
    const rows = await ground.db.selectFrom('actor').select('id').where('kind', '=', 'shard').where('owner', '=', name).execute();
    return rows.length === 0;
  });

/** Tells every job something again and again, each word until it is taken; what was taken stays here. */
class Teller {
  readonly taken: { readonly job: string; readonly word: string }[] = [];
  #over = false;
  readonly #work = Promise.all(jobs.map(job => this.#tellAll(job)));

  async stop(): Promise<void> {
    this.#over = true;
    await this.#work;
  }

  async #tellAll(job: string): Promise<void> {
    for (let n = 1; !this.#over; n += 1) {
      const word = await this.#tell(job, n);
      this.taken.push({ job, word });
      // A workshop's jobs are not told something every millisecond either.
      await new Promise(done => setTimeout(done, 150));
    }
  }

  async #tell(job: string, n: number): Promise<string> {
    for (let id = randomUUID(); ; ) {
      const body = { id, from: 'equipment/gone', event: linesKnown(job, n) };
      const { outcome, first } = await askActor(messages, `wit.main.job.${job}.word`, { body, timeoutMs: 500 });
      if (outcome === 'accepted' || (outcome === 'duplicate' && first === 'accepted')) return id;
      if (outcome === 'duplicate') id = randomUUID();
      if (!['duplicate', 'owner-silent', 'busy', 'journal-unavailable'].includes(outcome)) throw new Error(`${job}: ${outcome}`);
    }
  }
}

test('[G1] shards are spread evenly over the nodes that come', async () => {
  await nodes.start('n1');
  await spreadOver(1);
  await Promise.all([nodes.start('n2'), nodes.start('n3')]);
  await spreadOver(3);
}, 90_000);

test('[G1] [G2] while nodes are killed, stopped and ended under load, nobody ever appends who does not own the shard', async () => {
  const teller = new Teller();
  await until('every job was told something', () => new Set(teller.taken.map(one => one.job)).size === jobs.length);
  const trouble = [pause, kill, end];
  // Whoever it fails for can have the same again.
  const seed = Number(process.env.WIT_TEST_SEED ?? Date.now() % 1_000_000);
  console.info(`WIT_TEST_SEED=${seed}`);
  for (const [round, name] of sample(constantFrom(...names), { numRuns: rounds, seed }).entries()) {
    await trouble[round % trouble.length]?.(name);
    await spreadOver(3);
  }
  const before = teller.taken.length;
  await until('every job is told something again', () => {
    return new Set(teller.taken.slice(before).map(one => one.job)).size === jobs.length;
  });
  await teller.stop();
  await expectSound(teller);
}, 240_000);

async function kill(name: string): Promise<void> {
  await nodes.kill(name);
  await letsGoOf(name);
  await nodes.start(name);
}

/** Longer than its lease, in the middle of whatever it does; then it finds everything taken. */
async function pause(name: string): Promise<void> {
  const { child } = nodes.the(name);
  await suspend(child.pid ?? 0);
  await letsGoOf(name);
  child.kill('SIGCONT');
}

async function end(name: string): Promise<void> {
  const { child } = nodes.the(name);
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
  await letsGoOf(name);
  await nodes.start(name);
}

async function expectSound({ taken }: Teller): Promise<void> {
  const judged = await verdicts();
  expect(judged.filter(one => one.owner === null || one.by !== `wit-node ${one.owner}`)).toEqual([]);
  // Otherwise nothing was put to the test.
  expect(new Set(judged.map(one => one.by)).size).toBe(3);
  expect(judged.some(one => (one.shard_epoch ?? 0) > 3)).toBe(true);
  for (const job of jobs) {
    expect(await verifyChain(ground.db, `job/${job}`)).toMatchObject({ ok: true });
    const events = await ground.db
      .selectFrom('event')
      .select(['epoch', 'command_id'])
      .where('actor_id', '=', `job/${job}`)
      .orderBy('seq')
      .execute();
    const epochs = events.map(event => event.epoch);
    expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
    const words = events.flatMap(event => event.command_id ?? []);
    expect(new Set(words).size).toBe(words.length);
    expect(taken.filter(one => one.job === job && !words.includes(one.word))).toEqual([]);
  }
}
