import { createHash, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { equipmentKind } from '../../actors/equipment/equipment-kind.ts';
import { acquire } from '../../actors/storage/journal.ts';
import { canonical, genesisHash, type Json, plainJson, seal } from '../../actors/storage/journal-entry.ts';
import type { Chart, ChartEvent } from '../../actors/system/chart.ts';
import { startChartActor } from '../../actors/system/chart-actor.ts';
import { until } from '../../actors/testing/until.ts';
import { trainingsAt } from '../auth/person-at.ts';
import { commandPath, stateAt } from '../contract/resources.ts';
import { millStatus } from '../testing/documents.ts';
import { administrator, ask, type Got, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

type Session = Awaited<ReturnType<typeof administrator>>;

let workshop: Workshop;
let mara: Session;
let ann: Session;
let mia: Session;
let token: string;

beforeAll(async () => {
  workshop = await openWorkshop();
  mara = await administrator(workshop);
  token = mara.accessToken;
  ann = await person(workshop, mara, 'operator');
  mia = await person(workshop, mara, 'maintainer');
  await record();
}, 60_000);
afterAll(() => workshop?.close());

/** Some seconds ago, for everything that is written in the test's own time too. */
const then = Date.now() - 60_000;
const presence = { equipment: 'mill-9', until: then + 900_000 };

interface Happened {
  readonly event: ChartEvent & { readonly at: number };
  readonly source: string;
  readonly principal?: Json;
}

/** What a person sends that is refused, in the journal's words. */
function refused(at: number, caller: object): Happened {
  const reasons = [{ code: 'not-in-control', message: 'Nobody is in control.' }];
  const event = { type: 'command.refused', command: 'START', args: {}, outcome: 'refused', reasons, caller, at };
  return { event, source: 'refusal', principal: { kind: 'user', id: ann.me.id, name: 'Ann', role: 'operator' } };
}

/** What a node writes of a mill that was just taken over and at which somebody presses START in vain; the state is kept after the first. */
async function record(): Promise<void> {
  const { db } = workshop.database;
  const actorId = 'equipment/mill-9';
  const input = {
    id: 'mill-9',
    name: 'Mill',
    type: 'grbl',
    node: 'n1',
    simulated: true,
    capabilities: [],
    stopPath: 'realtime',
    profile: 'motion',
    needsHoming: true,
    chain: 'none',
  };
  const chart = equipmentKind(input as never, () => null);
  await acquire(db, { actorId, kind: 'equipment', chart, owner: 'n1', nonce: 'x', expectedEpoch: 0 });
  const actor = startChartActor({ chart, from: null });
  const story: readonly Happened[] = [
    { event: { type: 'authority.acquired', epoch: 1, at: then - 2 }, source: 'system' },
    { event: { type: 'link.lost', at: then - 1 }, source: 'system' },
    refused(then, { presence, qualifications: [{ training: 'mill', until: null, supervised: 2 }] }),
    { event: { type: 'link.lost', at: then + 1 }, source: 'system' },
    refused(then + 2, { qualifications: [] }),
    { event: { type: 'link.lost', at: then + 3 }, source: 'system' },
  ];
  let prevHash = genesisHash;
  for (const [i, { event, source, principal = null }] of story.entries()) {
    const seq = i + 1;
    if (source !== 'refusal') actor.send(event);
    const { type, ...data } = event;
    const about = { commandId: source === 'refusal' ? randomUUID() : null, correlationId: null, causationId: null, principal };
    const entry = seal(
      { ...about, type, source, at: event.at, data: plainJson(data), value: plainJson(actor.state().value) },
      { actorId, seq, epoch: 1, prevHash },
    );
    prevHash = entry.hash;
    await sql`insert into event (actor_id, seq, epoch, at, type, source, command_id, principal, data, value, prev_hash, hash)
      values (${actorId}, ${seq}, 1, ${new Date(entry.at)}, ${type}, ${source}, ${entry.commandId}, ${JSON.stringify(principal)}::jsonb,
      ${JSON.stringify(entry.data)}::jsonb, ${JSON.stringify(entry.value)}::jsonb, ${entry.prevHash}, ${entry.hash})`.execute(db);
    if (seq === 1) await keep(plainJson(actor.persisted()), chart);
  }
  actor.stop();
}

async function keep(state: Json, { version, hash: chartHash }: Pick<Chart, 'version' | 'hash'>): Promise<void> {
  const hash = createHash('sha256').update(canonical(state)).digest('hex');
  await sql`insert into snapshot (actor_id, seq, version, chart_hash, state, hash)
    values ('equipment/mill-9', 1, ${version}, ${chartHash}, ${JSON.stringify(state)}::jsonb, ${hash})`.execute(workshop.database.db);
}

const at = (path: string, as = token) => ask(workshop.url, `/equipment/mill-9/at/${path}`, { token: as });
const wayTo = (query: string, as: Session = mia) =>
  ask(workshop.url, `/equipment/mill-9/commands/START/path?${query}`, { token: as.accessToken });
const training = (id: string) => ({ id, title: id, removed_at: null });
const codes = (got: Got) => commandPath.parse(got.body).reasons.map(({ code }) => code);

test('[G12] the status after an event is derived anew and says so', async () => {
  const { status, body } = await at('2');
  expect([status, stateAt.parse(body)]).toMatchObject([
    200,
    { replay: 'verified', from: 1, status: { seq: 2, at: then - 1, actor: 'equipment/mill-9' } },
  ]);
  expect((await at('2?from=start')).body.replay).toBe('verified');
});

describe('the decision at an event of the past', () => {
  test('[EQ107] is that of the person, as the owner saw them: what they brought, what is true, and what they were answered', async () => {
    const got = await wayTo(`user=operator&seq=3`);
    expect([got.status, commandPath.parse(got.body)]).toMatchObject([
      200,
      {
        allowed: false,
        seq: 3,
        at: then,
        user: { id: ann.me.id, login: 'operator', role: 'operator', presentUntil: presence.until },
        recorded: { outcome: 'refused', reasons: [{ code: 'not-in-control' }] },
      },
    ]);
    expect(codes(got)).toContain('not-connected');
    expect(codes(got)).not.toContain('needs-presence');
    const absent = await wayTo(`user=${ann.me.id}&seq=5`);
    expect([absent.body.user.presentUntil, codes(absent)]).toEqual([null, expect.arrayContaining(['needs-presence'])]);
  });

  test('[EQ107] after somebody else’s event has the presence of the last command, and is no answer of the owner', async () => {
    expect((await wayTo('user=operator&seq=4')).body).toMatchObject({ user: { presentUntil: presence.until }, recorded: null });
    expect((await wayTo('user=operator&seq=6')).body).toMatchObject({ user: { presentUntil: null }, recorded: null });
    expect((await wayTo('user=maintainer&seq=3')).body).toMatchObject({ user: { presentUntil: null }, recorded: null });
  });

  test('[EQ107] counts the trainings that were noted then, with the uses that were still supervised', async () => {
    const by = { person_id: ann.me.id, noted_by: mia.me.id, valid_until: null, revoked_by: null };
    const note = { ...by, supervised_left: 0, may_supervise: false };
    const old = new Date(then - 3_600_000);
    await workshop.database.db
      .insertInto('training')
      .values([training('mill'), training('saw')])
      .execute();
    await workshop.database.db
      .insertInto('person_training')
      .values([
        { ...note, training_id: 'mill', noted_at: old, valid_from: old, supervised_left: 1, revoked_at: null },
        { ...note, training_id: 'saw', noted_at: old, valid_from: old, revoked_at: new Date(then - 1_000) },
        { ...note, training_id: 'saw', valid_from: old, revoked_at: null },
      ])
      .execute();
    const use = { training_id: 'mill', person_id: ann.me.id, equipment: 'mill-9' };
    await workshop.database.db
      .insertInto('supervised_use')
      .values([
        { ...use, command_id: 'before', at: old },
        { ...use, command_id: 'after', at: new Date(then + 10_000) },
      ])
      .execute();
    expect(await trainingsAt(workshop.database.db, ann.me.id, then)).toEqual([{ training: 'mill', until: null, supervised: 2 }]);
    const now = await trainingsAt(workshop.database.db, ann.me.id, Date.now() + 1_000);
    expect(now.map(one => [one.training, one.supervised])).toEqual([
      ['mill', 1],
      ['saw', 0],
    ]);
  });

  test('[EQ107] is one’s own for everybody, that of others for maintainers', async () => {
    expect((await wayTo('seq=3', ann)).body).toMatchObject({ user: { id: ann.me.id }, recorded: { outcome: 'refused' } });
    expect((await wayTo('user=operator&seq=3', ann)).status).toBe(200);
    expect((await wayTo('user=maintainer&seq=3', ann)).body.code).toBe('forbidden');
    expect((await wayTo('user=nobody', ann)).body.code).toBe('forbidden');
    expect((await wayTo('user=maintainer', ann)).body.code).toBe('forbidden');
    expect((await ask(workshop.url, '/equipment/mill-9/commands/START/path?seq=3')).status).toBe(401);
  });

  test('[EQ107] says what it cannot answer', async () => {
    expect((await wayTo('user=nobody&seq=3')).body.code).toBe('unknown-user');
    expect((await wayTo('user=operator&seq=77')).body.code).toBe('unknown-seq');
    expect((await wayTo('user=operator&seq=0')).body.code).toBe('invalid');
    expect((await wayTo('user=operator')).body.code).toBe('unknown-equipment');
    const { db } = workshop.database;
    await db.updateTable('snapshot').set({ chart_hash: 'older' }).where('actor_id', '=', 'equipment/mill-9').execute();
    expect((await wayTo('user=operator&seq=3')).body.code).toBe('other-chart');
    await db.updateTable('snapshot').set({ seq: 4 }).where('actor_id', '=', 'equipment/mill-9').execute();
    expect((await wayTo('user=operator&seq=3')).body.code).toBe('state-not-kept');
    const { hash } = equipmentKind({ profile: 'motion' } as never, () => null);
    await db.updateTable('snapshot').set({ seq: 1, chart_hash: hash }).where('actor_id', '=', 'equipment/mill-9').execute();
    expect((await wayTo('user=operator&seq=3')).status).toBe(200);
  });
});

test('[EQ107] the decision for somebody else now has their own role, presence and trainings', async () => {
  workshop.owner.status(millStatus());
  await until('the gateway knows the mill', async () => (await ask(workshop.url, '/equipment/mill-1', { token })).status === 200);
  const now = (user: string) => ask(workshop.url, `/equipment/mill-1/commands/START/path?user=${user}`, { token: mia.accessToken });
  expect(codes(await now('operator'))).toContain('needs-presence');
  await ask(workshop.url, '/auth/presence', { token: ann.accessToken, json: { equipment: 'mill-1' } });
  const present = await now('operator');
  expect(codes(present)).not.toContain('needs-presence');
  expect(present.body.user.presentUntil).toBeGreaterThan(Date.now());
  await workshop.database.db.updateTable('person').set({ disabled: true }).where('id', '=', ann.me.id).execute();
  expect((await now('operator')).body.code).toBe('user-disabled');
  expect((await wayTo('user=operator&seq=3')).status).toBe(200);
});

test('[G12] a journal that was changed is answered with the first place that disagrees', async () => {
  await workshop.database.admin.transaction().execute(async tx => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`update event set data = '{}' where actor_id = 'equipment/mill-9' and seq = 2`.execute(tx);
  });
  expect((await at('2')).body).toMatchObject({ replay: 'diverged', divergence: { seq: 2, what: 'chain', message: 'changed' } });
  expect((await wayTo('user=operator&seq=3')).body.code).toBe('journal-diverged');
});

test('who is not logged in learns nothing; what does not exist is said', async () => {
  expect((await ask(workshop.url, '/equipment/mill-9/at/1')).status).toBe(401);
  expect((await at('77')).body.code).toBe('unknown-seq');
  expect((await at('x')).body.code).toBe('invalid');
});
