import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { EquipmentContext } from '../../statecharts/equipment/context.ts';
import { acquire } from '../storage/journal.ts';
import { plainJson } from '../storage/journal-entry.ts';
import { type Golden, goldenCharts, hashOfState, presentChart } from '../testing/golden-snapshots.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { startChartActor, structuralFlaw } from './chart-actor.ts';
import { restoreState } from './restore.ts';

const folder = join(import.meta.dirname, '..', 'testing', 'golden');
const laser = presentChart({ name: 'equipment-laser', chart: { id: 'equipment', version: '', hash: '' } });
const golden = readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden);
const cases = golden.flatMap(({ name = '', chart, states }) =>
  states.map(({ name: label, ...state }) => ({
    chart,
    present: presentChart({ chart, ...(name ? { name } : {}) }),
    label: `${name || chart.id} ${chart.version} ${label}`,
    ...state,
  })),
);
type Case = (typeof cases)[number];
const isPresent = ({ present, chart }: Case) => present.hash === chart.hash;
const ofEquipment = cases.filter(one => one.chart.id === 'equipment');
/** Before 2.0.0 a laser was of the motion family. */
const lasers = ofEquipment.filter(one => one.chart.version.startsWith('1.')).map(one => ({ ...one, present: laser }));

let database: TestDatabase;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** An actor whose newest snapshot is this one. */
async function stored({ chart, state, hash }: Case): Promise<string> {
  n += 1;
  const actorId = `${chart.id}/golden-${n}`;
  await acquire(database.db, { actorId, kind: chart.id, chart, owner: 'n1', nonce: 'x', expectedEpoch: 0 });
  const row = { actor_id: actorId, seq: 1, version: chart.version, chart_hash: chart.hash, state: JSON.stringify(state), hash };
  await database.db.insertInto('snapshot').values(row).execute();
  return actorId;
}

const restored = async (one: Case) => restoreState(database.db, one.present, await stored(one));

describe('[G13] a golden snapshot', () => {
  test.each(cases)('of $label is what was stored then', ({ state, hash }) => {
    expect(hashOfState(state)).toBe(hash);
  });

  // A form of the present version that has no way was never released: make its golden states anew. A released one needs a new version.
  test.each([...cases, ...lasers])('of $label is restored in the form of the present chart', async one => {
    const chart = one.present;
    const { from, timers: _, ...rest } = await restored(one);
    const { version, hash } = one.chart;
    expect(rest).toEqual({ migrated: isPresent(one) ? null : { version, hash }, quarantine: null });
    const again = startChartActor({ chart, from });
    if (isPresent(one)) expect(hashOfState(plainJson(again.persisted()))).toBe(one.hash);
    expect(structuralFlaw(chart, plainJson(again.persisted()) as never)).toBeNull();
    expect(chart.flaw(again.state())).toBeNull();
    expect(again.initialEffects).toEqual([]);
  });

  test('is there for every chart of this release', () => {
    const there = cases.filter(isPresent).map(one => one.present);
    expect(new Set(there)).toEqual(new Set(Object.values(goldenCharts)));
  });

  test('of a chart that nobody knows is quarantined: it stays in the table, and the actor begins anew', async () => {
    const [first] = cases;
    if (!first) throw new Error('no golden snapshot');
    for (const strange of [{ hash: 'unknown' }, { version: '0.0.1', hash: 'unknown' }]) {
      const actorId = await stored({ ...first, chart: { ...first.chart, ...strange } });
      const found = await restoreState(database.db, first.present, actorId);
      expect(found).toMatchObject({ from: null, migrated: null, quarantine: { seq: 1, code: 'unknown-chart', ...strange } });
      const kept = await database.db.selectFrom('snapshot').select('hash').where('actor_id', '=', actorId).execute();
      expect(kept).toEqual([{ hash: first.hash }]);
    }
  });
});

describe('[G13] [F38] a new release on the state of any released chart', () => {
  /** What a node does first with a state that it took over. */
  async function takenOver(one: Case) {
    const chart = one.present;
    const { from } = await restored(one);
    const actor = startChartActor({ chart, from });
    const before = (one.state as unknown as { context: EquipmentContext }).context;
    const sent = actor.send({ type: 'authority.acquired', epoch: 7, at: 99 });
    return { before, after: actor.state().context as EquipmentContext, sent };
  }

  test.each([...ofEquipment, ...lasers])('$label begins Aborted, offline and proving everything anew, and moves nothing', async one => {
    const { after, sent } = await takenOver(one);
    expect(after.regions).toMatchObject({ authority: 'owned', connection: 'offline', execution: 'Aborted' });
    expect(sent.ok && sent.effects.map(effect => effect.type).filter(type => type.startsWith('device.'))).toEqual([]);
  });

  test.each([...ofEquipment, ...lasers])('$label keeps job, stop latch, holder and what is known of the run', async one => {
    const { before, after } = await takenOver(one);
    expect(after).toMatchObject({ job: before.job, stop: before.stop, holder: before.holder });
    expect(after.regions.stopLatch).toBe(before.regions.stopLatch);
    const result = before.run?.result === 'running' ? 'interrupted' : before.run?.result;
    expect(after.run ?? {}).toMatchObject(before.run ? { job: before.run.job, total: before.run.total, result } : {});
  });
});
