import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyStateMachine, createMachine } from 'xstate';
import type { ChartMigration, StoredState } from '../../statecharts/migrations.ts';
import { readTimers } from '../storage/timers.ts';
import { type LampStatus, lampChart } from '../testing/lamp-chart.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { closeLamps, SwitchedWatch, startLamp } from '../testing/test-actor.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { activate } from './activate.ts';
import type { Chart } from './chart.ts';
import { restoreState } from './restore.ts';

let database: TestDatabase;
let folder: string;
const actorId = 'lamp/restored';
const first = { version: lampChart.version, hash: lampChart.hash };

/** A life of ON, OFF, ON; its newest snapshot is of the first turn, and it ended without a word. */
beforeAll(async () => {
  database = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'wit-restore-'));
  const lamp = await startLamp(database.db, actorId, folder);
  for (const command of ['ON', 'OFF', 'ON']) await lamp.command(command);
});
afterAll(async () => {
  await closeLamps();
  await database.close();
  rmSync(folder, { recursive: true });
});

/** The next release of the lamp, with this way from the first. */
function nextLamp(way: Partial<ChartMigration>): Chart<LampStatus> {
  const migration = { from: first, to: '2.0.0', state: (state: StoredState) => state, value: (value: unknown) => value, ...way };
  return { ...lampChart, version: '2.0.0', hash: 'lamp-2', migrations: [migration] };
}

const restored = (chart: Chart) => restoreState(database.db, chart, actorId);
const withContext = (context: object) => (state: StoredState) => ({ ...state, context: { ...state.context, ...context } });

describe('[G13] [F38] a state that an older form of the chart left', () => {
  test('is taken over by its migration, and the events after it are replayed on it', async () => {
    const snapshots = await database.db.selectFrom('snapshot').select('seq').where('actor_id', '=', actorId).execute();
    expect(snapshots).toEqual([{ seq: 1 }]);
    const from = { value: 'on', context: { switched: 12 } };
    expect(await restored(nextLamp({ state: withContext({ switched: 11 }) }))).toMatchObject({ from, migrated: first, quarantine: null });
  });

  test('is quarantined when its migration throws', async () => {
    const state = () => {
      throw new Error('no such field');
    };
    const why = 'Its migration failed: no such field';
    expect(await restored(nextLamp({ state }))).toEqual({
      from: null,
      migrated: null,
      timers: [],
      quarantine: { seq: 1, ...first, code: 'migration-failed', why },
    });
  });

  test.each([
    ['a state that the chart has not', (state: StoredState) => ({ ...state, value: 'purple' })],
    ['facts that are not whole', withContext({ switched: null })],
    ['something that would not be stored again as it is', (state: StoredState) => ({ ...state, more: 1 })],
    ['an actor that has ended', (state: StoredState) => ({ ...state, status: 'error' })],
    ['nothing', () => null as unknown as StoredState],
  ])('is quarantined when its migration leaves %s', async (_, state) => {
    expect(await restored(nextLamp({ state }))).toMatchObject({ from: null, quarantine: { code: 'migration-failed', seq: 1 } });
  });

  test('is quarantined when the events after it lead elsewhere than they did', async () => {
    const state = (old: StoredState) => ({ ...old, value: 'broken' });
    const found = await restored(nextLamp({ state }));
    expect(found).toMatchObject({ from: null, quarantine: { code: 'replay-diverged', why: expect.stringContaining('Event 2, OFF') } });
  });

  test('is compared in the words of the present form: what it calls otherwise is no divergence', async () => {
    const value = (old: unknown) => (old === 'on' ? 'off' : old);
    expect(await restored(nextLamp({ value }))).toMatchObject({ quarantine: { code: 'replay-diverged' } });
  });

  test('brings the delays that only its present form counts, once', async () => {
    const chart = nextLamp({ timers: ({ value }) => (value === 'on' ? [{ id: 'alarm', ms: 60_000 }] : []) });
    for (const round of [1, 2]) {
      const place = { kind: 'lamp', owner: 'test', nonce: `x${round}`, writeAheadPath: join(folder, `${round}.wal`) };
      const services = { db: database.db, watch: new SwitchedWatch(), clock: new ManualClock(), log: () => undefined };
      const taken = await activate({ ...services, ...place, chart, actorId });
      if (!taken.ok) throw new Error(taken.code);
      await taken.activation.file.close();
      expect(taken.activation.timers).toMatchObject([{ id: 'alarm', dueAt: 60_000, event: { type: 'timer.fired', id: 'alarm' } }]);
    }
    expect(await readTimers(database.db, actorId)).toHaveLength(1);
  });

  test('is not compared by old words once the journal says that it was taken over', async () => {
    const lamp = await startLamp(database.db, 'lamp/taken-over', folder);
    await lamp.command('ON');
    lamp.actor.post('report', { kind: 'note', type: 'state.migrated', data: {}, snapshot: 'when-due' });
    await lamp.command('OFF');
    const value = () => 'on';
    expect(await restoreState(database.db, nextLamp({ value }), 'lamp/taken-over')).toMatchObject({ from: { value: 'off' } });
  });
});

test('[G13] a release that does otherwise with the events of the very same chart does not go on from where they lead', async () => {
  const { config, implementations } = lampChart.machine;
  const states = { ...config.states, on: {} };
  const machine = createMachine({ ...config, states }, implementations as object) as unknown as AnyStateMachine;
  const found = await restored({ ...lampChart, machine });
  expect(found).toMatchObject({ from: null, quarantine: { code: 'replay-diverged', why: expect.stringContaining('Event 2, OFF') } });
});
