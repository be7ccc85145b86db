import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { credentialFile } from '../actors/launcher/nats-users.ts';
import type { Node } from '../actors/node.ts';
import { parkMessage } from '../actors/storage/dead-letters.ts';
import { linesKnown, seedEndedJobs } from '../actors/testing/ended-jobs.ts';
import { NodeProcesses } from '../actors/testing/node-processes.ts';
import { createTestDatabase } from '../actors/testing/test-database.ts';
import { until } from '../actors/testing/until.ts';
import { Workshop } from '../actors/testing/workshop.ts';
import { askActor } from '../actors/transport/ask-actor.ts';
import { type Messages, openMessages } from '../actors/transport/messages.ts';
import { type RunningSimulator, startSimulator } from '../machines/grbl/simulator/run.ts';
import type { EquipmentStatus } from '../statecharts/equipment/status.ts';
import type { SessionResponse } from './contract/auth.ts';
import { type Gateway, startGateway } from './server.ts';
import { administrator, ask, configOf, type Got, setupToken } from './testing/workshop.ts';

/** Where the actors live; nobody who writes to them knows. */
interface Placement {
  /** At least so many nodes share the equipment. */
  readonly sharedBy: number;
  /** Equipment comes to the nodes that are there by then. */
  start(shop: Workshop): Promise<void>;
  /** Gives what `owner` has to another process, in order; resolves when the old one has ended. */
  move(owner: string): Promise<void>;
  end(): Promise<void>;
}

function oneProcess(): Placement {
  let node: Node;
  let ended = false;
  let shop: Workshop;
  return {
    sharedBy: 1,
    async start(where) {
      shop = where;
      node = await shop.startNode();
    },
    async move() {
      await node.close();
      node = await shop.startNode();
    },
    async end() {
      if (!ended) await node.close();
      ended = true;
    },
  };
}

function threeProcesses(): Placement {
  const names = ['n1', 'n2', 'n3'];
  let nodes: NodeProcesses;
  return {
    sharedBy: 2,
    async start(shop) {
      nodes = await NodeProcesses.open(shop, { WIT_LEASE_TTL_MS: '6000' });
      await Promise.all(names.map(name => nodes.start(name)));
    },
    async move(owner) {
      const { child } = nodes.the(owner);
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
    end: () => nodes.close(),
  };
}

const placements = [
  ['in one process', oneProcess],
  ['in three processes', threeProcesses],
] as const;

describe.each(placements)('[G14] addresses of actors %s', (_, place) => {
  const mills = ['mill-a', 'mill-b', 'mill-c'];
  const jobs = Array.from({ length: 12 }, (_each, n) => `ended-${n}`);
  const placement = place();
  const simulators: RunningSimulator[] = [];
  const gateways: Gateway[] = [];
  let shop: Workshop;
  let session: SessionResponse;
  /** Another node, as far as its connection goes. */
  let node: Messages;

  beforeAll(async () => {
    shop = await Workshop.open(await createTestDatabase());
    await seedEndedJobs(shop.ground.db, jobs);
    for (const name of ['a', 'b']) gateways.push(await openGateway(name));
    session = await administrator({ url: url(0), setupToken: () => setupToken(shop.ground) });
    const { WIT_NATS_URL, WIT_NATS_CREDS } = shop.env;
    const [natsUrl, credsFile] = [WIT_NATS_URL ?? '', WIT_NATS_CREDS ?? null];
    node = openMessages({ url: natsUrl, credsFile, name: 'another node', now: Date.now, log: () => undefined });
    await placement.start(shop);
    for (const mill of mills) await addMill(mill);
    for (const mill of mills) await until(`${mill} is online`, () => shop.status(mill)?.value.connection === 'online');
    await addUntilShared();
    for (const at of [0, 1]) await until('every gateway knows them', async () => (await statuses(at)).every(Boolean));
  }, 120_000);
  afterAll(async () => {
    await node?.close();
    for (const gateway of gateways) await gateway.close();
    await placement.end();
    for (const simulator of simulators) await simulator.close();
    await shop?.close();
  });

  const url = (at: number) => `http://127.0.0.1:${gateways[at]?.port}`;
  const call = (at: number, path: string, json?: unknown) =>
    ask(url(at), path, { token: session.accessToken, ...(json === undefined ? {} : { json }) });
  const statusAt = async (at: number, mill: string): Promise<EquipmentStatus | null> => {
    const got = await call(at, `/equipment/${mill}`);
    return got.status === 200 && got.body.truth === 'live' ? got.body : null;
  };
  const statuses = (at: number) => Promise.all(mills.map(mill => statusAt(at, mill)));

  async function openGateway(name: string): Promise<Gateway> {
    const folder = join(shop.dataDir, `gateway-${name}`);
    mkdirSync(join(folder, 'run'), { recursive: true });
    const { WIT_NATS_URL, WIT_NATS_CREDS } = shop.env;
    const creds = credentialFile(dirname(WIT_NATS_CREDS ?? ''), 'gateway');
    return startGateway({
      config: configOf({ WIT_DATA_DIR: folder, WIT_PORT: '0', WIT_NATS_CREDS: creds }),
      databaseUrl: shop.ground.url,
      natsUrl: WIT_NATS_URL ?? '',
      uiFolder: folder,
      version: '0.0.0',
      now: Date.now,
      mono: () => performance.now(),
      log: () => undefined,
    });
  }

  async function addMill(id: string): Promise<void> {
    const log = join(shop.dataDir, `${id}.jsonl`);
    const simulator = await startSimulator({ port: { tcp: 0, clients: 'one' }, log, control: null, timeFactor: 50, baud: 0, name: id });
    simulators.push(simulator);
    await shop.addMill(id, { ...simulator.link, simulated: true });
  }

  /** A node that is busy for a moment leaves what would be its own to the next one: all may have come to the same. */
  async function addUntilShared(): Promise<void> {
    const owners = () => new Set(mills.map(mill => shop.status(mill)?.node)).size;
    for (let n = 0; owners() < placement.sharedBy && n < 12; n += 1) {
      const mill = `mill-further-${n}`;
      await addMill(mill);
      await until(`${mill} is online`, () => shop.status(mill)?.value.connection === 'online');
      mills.push(mill);
    }
  }

  /** Sent through one of the gateways, bound to what it shows. */
  async function command(at: number, mill: string, name: string): Promise<Got & { id: string }> {
    const id = randomUUID();
    const { epoch = 0, decisionSeq = 0 } = (await call(at, `/equipment/${mill}`)).body as Partial<EquipmentStatus>;
    const got = await call(at, `/equipment/${mill}/commands`, {
      id,
      command: name,
      args: {},
      seen: { epoch, decisionSeq, at: Date.now() },
    });
    return { ...got, id };
  }

  async function accepted(at: number, mill: string, name: string): Promise<void> {
    await until(`${name} of ${mill} is accepted`, async () => (await command(at, mill, name)).body.outcome === 'accepted');
  }

  async function isFree(mill: string): Promise<boolean> {
    const status = await statusAt(0, mill);
    if (status?.holder) await command(0, mill, 'CHECK_OUT');
    return status?.holder === null;
  }

  /** An administrator tells an actor a dead letter again; the letters' words differ. */
  async function letter(at: number, actorId: string, sent: number): Promise<Got> {
    const message = { source: 'job', event: JSON.parse(JSON.stringify(linesKnown(actorId.slice('job/'.length), sent))) };
    await parkMessage(shop.ground.db, { actorId, at: 5, reason: 'poison: x', message });
    const { id } = await shop.ground.db.selectFrom('dead_letter').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow();
    const replay = () => call(at, `/system/dead-letters/${id}/replay`, {});
    let got = await replay();
    // A shard on its way between two nodes answers a moment later.
    for (let n = 0; n < 10 && got.body.code === 'owner-silent'; n += 1) got = await replay();
    return got;
  }

  const word = (job: string, sent: number, id = randomUUID()) =>
    askActor(node, `wit.main.job.${job}.word`, { body: { id, from: 'equipment/gone', event: linesKnown(job, sent) }, timeoutMs: 3_000 });

  async function wordTaken(job: string, sent: number): Promise<void> {
    const id = randomUUID();
    await until(`${job} takes it`, async () => ['accepted', 'duplicate'].includes((await word(job, sent, id)).outcome));
  }

  /** A job is made for a mill, wherever that is, and checked there. */
  async function jobIsMade(at: number, mill: string): Promise<void> {
    const headers = { 'content-type': 'application/octet-stream' };
    const file = await ask(url(at), '/files?name=part.nc', { token: session.accessToken, body: 'G21\nG90\nG0 X-1\n', headers });
    const made = await call(at, '/jobs', { file: file.body.id, equipment: mill });
    expect(made.status).toBe(202);
    await until('the other gateway shows it', async () => (await call(1 - at, `/jobs/${made.body.id}`)).body.state === 'ready');
  }

  const heard = (subject: string) => shop.heard.filter(one => one.subject === `wit.main.${subject}`).map(one => one.body);

  /** What every address is good for, whoever owns it at the time; `sent` tells the rounds apart. */
  async function expectReached(sent: number): Promise<void> {
    for (const [n, mill] of mills.entries()) {
      const before = heard(`equipment.${mill}.event.CHECK_IN`).length;
      await accepted(n % 2, mill, 'CHECK_IN');
      await until('its event is heard', () => heard(`equipment.${mill}.event.CHECK_IN`).length > before);
      await until('the other gateway shows it', async () => (await statusAt((n + 1) % 2, mill))?.holder?.name === 'Mara');
      await accepted((n + 1) % 2, mill, 'CHECK_OUT');
    }
    for (const [n, mill] of mills.entries()) await jobIsMade(n % 2, mill);
    for (const [n, job] of jobs.entries()) {
      if (n % 2 === 0) expect((await letter(n % 4 === 0 ? 0 : 1, `job/${job}`, sent)).body).toMatchObject({ outcome: 'accepted' });
      else await wordTaken(job, sent);
      await until('both gateways show it', async () => {
        const shown = await Promise.all([0, 1].map(at => call(at, `/jobs/${job}`)));
        return shown.every(got => got.body.run?.sent === sent);
      });
      await until('its event is heard', () => JSON.stringify(heard(`job.${job}.event.job.ended`)).includes(`"sent":${sent}`));
    }
  }

  async function expectUnknown(): Promise<void> {
    for (const at of [0, 1]) {
      const got = await command(at, 'mill-nobody', 'CHECK_IN');
      expect([got.status, got.body.code]).toEqual([404, 'unknown-equipment']);
    }
    expect((await letter(0, 'job/never-was', 1)).body).toMatchObject({ outcome: 'unknown-target' });
    expect(await word('never-was', 1)).toMatchObject({ outcome: 'unknown-target' });
  }

  test('reach equipment and jobs from every gateway and every node, and what comes of it is heard everywhere', async () => {
    await expectReached(1);
  }, 90_000);

  test('that name nobody are answered so, never as success', expectUnknown, 60_000);

  test('mean the same after everything moved to another process, and no answer on the way was untrue', async () => {
    const owners = await statuses(0);
    expect(new Set(owners.map(owner => owner?.node)).size).toBeGreaterThanOrEqual(placement.sharedBy);
    const [first] = owners;
    let moving = true;
    const answers: { id: string; outcome: unknown }[] = [];
    const sending = Promise.all(
      mills.map(async (mill, at) => {
        while (moving) {
          const { id, body } = await command(at % 2, mill, answers.length % 2 === 0 ? 'CHECK_IN' : 'CHECK_OUT');
          answers.push({ id, outcome: body.outcome });
        }
      }),
    );
    await until('commands are under way', () => answers.length > 5);
    await placement.move(first?.node ?? '');
    const moved = (status: EquipmentStatus | null, n: number) => (status?.epoch ?? 0) > (owners[n]?.epoch ?? 0);
    const isAnothers = owners.map(owner => owner?.node === first?.node);
    await until('another process has them', async () => (await statuses(1)).every((status, n) => !isAnothers[n] || moved(status, n)));
    moving = false;
    await sending;
    const kept = await shop.ground.db.selectFrom('command').select(['command_id', 'result']).execute();
    const results = new Map(kept.map(row => [row.command_id, row.result.outcome]));
    const decided = answers.filter(answer => answer.outcome === 'accepted' || answer.outcome === 'refused');
    expect(decided.filter(({ id, outcome }) => results.get(id) !== outcome)).toEqual([]);
    expect(decided.some(answer => answer.outcome === 'accepted')).toBe(true);
    for (const mill of mills) await until(`${mill} is free`, () => isFree(mill));
    await expectReached(2);
    await expectUnknown();
  }, 150_000);

  test('of actors that nobody has any more are owner-silent, never success', async () => {
    await placement.end();
    for (const at of [0, 1]) {
      const got = await command(at, 'mill-a', 'CHECK_IN');
      expect([got.status, got.body.code]).toEqual([504, 'owner-silent']);
    }
    expect((await letter(1, 'job/ended-0', 3)).body.code).toBe('owner-silent');
    expect((await word('ended-1', 3)).outcome).toBe('owner-silent');
  }, 90_000);
});
