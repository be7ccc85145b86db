import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { equipmentKind } from '../../actors/equipment/equipment-kind.ts';
import { acquire } from '../../actors/storage/journal.ts';
import { canonical, genesisHash, plainJson, seal } from '../../actors/storage/journal-entry.ts';
import { startChartActor } from '../../actors/system/chart-actor.ts';
import { stateAt } from '../contract/resources.ts';
import { administrator, ask, openWorkshop, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let token: string;

beforeAll(async () => {
  workshop = await openWorkshop();
  token = (await administrator(workshop)).accessToken;
  await record();
}, 60_000);
afterAll(() => workshop?.close());

/** What a node writes of a mill that was just taken over: two events, the state kept after the first. */
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
  let prevHash = genesisHash;
  for (const [seq, event] of [
    [1, { type: 'authority.acquired', epoch: 1, at: 5 }],
    [2, { type: 'link.lost', at: 6 }],
  ] as const) {
    actor.send(event);
    const { type, ...data } = event;
    const none = { commandId: null, correlationId: null, causationId: null, principal: null };
    const entry = seal(
      { ...none, type, source: 'system', at: event.at, data: plainJson(data), value: plainJson(actor.state().value) },
      { actorId, seq, epoch: 1, prevHash },
    );
    prevHash = entry.hash;
    const state = plainJson(actor.persisted());
    const snapshot = {
      version: chart.version,
      chartHash: chart.hash,
      state,
      hash: createHash('sha256').update(canonical(state)).digest('hex'),
    };
    await sql`insert into event (actor_id, seq, epoch, at, type, source, data, value, prev_hash, hash) values (${actorId}, ${seq}, 1,
      ${new Date(entry.at)}, ${type}, 'system', ${JSON.stringify(entry.data)}::jsonb, ${JSON.stringify(entry.value)}::jsonb, ${entry.prevHash}, ${entry.hash})`.execute(
      db,
    );
    if (seq === 1)
      await sql`insert into snapshot (actor_id, seq, version, chart_hash, state, hash) values (${actorId}, 1, ${snapshot.version},
        ${snapshot.chartHash}, ${JSON.stringify(snapshot.state)}::jsonb, ${snapshot.hash})`.execute(db);
  }
}

const at = (path: string, as = token) => ask(workshop.url, `/equipment/mill-9/at/${path}`, { token: as });

test('[G12] the status after an event is derived anew and says so', async () => {
  const { status, body } = await at('2');
  expect([status, stateAt.parse(body)]).toMatchObject([
    200,
    { replay: 'verified', from: 1, status: { seq: 2, at: 6, actor: 'equipment/mill-9' } },
  ]);
  expect((await at('2?from=start')).body.replay).toBe('verified');
});

test('[G12] a journal that was changed is answered with the first place that disagrees', async () => {
  await workshop.database.admin.transaction().execute(async tx => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql`update event set data = '{}' where actor_id = 'equipment/mill-9' and seq = 2`.execute(tx);
  });
  expect((await at('2')).body).toMatchObject({ replay: 'diverged', divergence: { seq: 2, what: 'chain', message: 'changed' } });
});

test('who is not logged in learns nothing; what does not exist is said', async () => {
  expect((await ask(workshop.url, '/equipment/mill-9/at/1')).status).toBe(401);
  expect((await at('77')).body.code).toBe('not-found');
  expect((await at('x')).body.code).toBe('invalid');
});
