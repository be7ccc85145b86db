import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { lampChart } from '../testing/lamp-chart.ts';
import { closeLamps, startLamp } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { replayTo } from './replay.ts';

let database: TestDatabase;
let folder: string;
const actorId = 'lamp/replayed';
const at = (seq: number, more: { from?: 'snapshot' | 'start'; chart?: typeof lampChart } = {}) =>
  replayTo(database.db, { actorId, seq, from: more.from ?? 'snapshot', chart: () => more.chart ?? lampChart });
const tamper = (statement: string) =>
  database.admin.transaction().execute(async tx => {
    await sql`set local session_replication_role = replica`.execute(tx);
    await sql.raw(statement).execute(tx);
  });

/** Two lives with a passivation between them: ON at odd, OFF at even places, one refusal at the end of each life. */
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-replay-'));
  for (let life = 0; life < 2; life += 1) {
    const lamp = await startLamp(database.db, actorId, folder);
    for (let n = 0; n < 60; n += 1) await lamp.command(n % 2 === 0 ? 'ON' : 'OFF');
    await lamp.command('OFF');
    await lamp.actor.close('actor.passivated');
  }
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});

test('[G12] the state after any event is derived anew and agrees with what was stored, from the last snapshot and from the first', async () => {
  for (const seq of [10, 51, 52, 63, 100, 124]) {
    for (const from of ['snapshot', 'start'] as const) {
      const replayed = await at(seq, { from });
      expect(replayed).toMatchObject({ ok: true, entry: { seq } });
      if (replayed.ok) expect(replayed.state.value).toBe(replayed.entry.value);
    }
  }
  expect(await at(63, { from: 'start' })).toMatchObject({ ok: true, state: { context: { switched: 31 } } });
});

test('[G12] what cannot be derived is said: nothing to begin from, no such event, another chart', async () => {
  expect(await at(0)).toEqual({ ok: false, code: 'unknown-seq' });
  expect(await at(9_999)).toEqual({ ok: false, code: 'unknown-seq' });
  expect(await at(100, { chart: { ...lampChart, hash: 'lamp-2' } })).toEqual({ ok: false, code: 'other-chart' });
});

test('[G12] the first place where journal and replay disagree is named', async () => {
  await tamper(`update event set value = '"broken"' where actor_id = '${actorId}' and seq = 70`);
  expect(await at(80)).toMatchObject({ ok: false, code: 'diverged', divergence: { seq: 70, what: 'chain', message: 'changed' } });
  expect(await at(69)).toMatchObject({ ok: true });
  await tamper(`update snapshot set state = jsonb_set(state, '{context,switched}', '7') where actor_id = '${actorId}' and seq = 51`);
  expect(await at(55)).toMatchObject({ ok: false, code: 'diverged', divergence: { seq: 51, what: 'snapshot' } });
});
