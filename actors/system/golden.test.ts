import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { acquire } from '../storage/journal.ts';
import { plainJson } from '../storage/journal-entry.ts';
import { type Golden, goldenCharts, hashOfState } from '../testing/golden-snapshots.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import type { Chart } from './chart.ts';
import { startChartActor } from './chart-actor.ts';
import { restoreState } from './restore.ts';

const folder = join(import.meta.dirname, '..', 'testing', 'golden');
const golden = readdirSync(folder).map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Golden);
const cases = golden.flatMap(({ chart, states }) =>
  states.map(state => ({ chart, label: `${chart.id}@${chart.version} ${chart.hash} ${state.name}`, ...state })),
);

let database: TestDatabase;
let n = 0;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** An actor whose newest snapshot is this one. */
async function stored({ chart, state, hash }: (typeof cases)[number]): Promise<string> {
  n += 1;
  const actorId = `${chart.id}/golden-${n}`;
  await acquire(database.db, { actorId, kind: chart.id, chart, owner: 'n1', nonce: 'x', expectedEpoch: 0 });
  const row = { actor_id: actorId, seq: 1, version: chart.version, chart_hash: chart.hash, state: JSON.stringify(state), hash };
  await database.db.insertInto('snapshot').values(row).execute();
  return actorId;
}

function presentOf(id: string): Chart {
  const chart = goldenCharts.find(one => one.id === id);
  if (!chart) throw new Error(`no chart ${id}`);
  return chart;
}

describe('[G13] a golden snapshot', () => {
  test.each(cases)('of $label is what was stored then', ({ state, hash }) => {
    expect(hashOfState(state)).toBe(hash);
  });

  test.each(cases)('of $label is restored byte for byte by its own chart and left alone by any other', async one => {
    const chart = presentOf(one.chart.id);
    const restored = await restoreState(database.db, chart, await stored(one));
    if (chart.hash !== one.chart.hash) return expect(restored).toEqual({ from: null, quarantined: true });
    expect(restored.quarantined).toBe(false);
    const again = startChartActor({ chart, from: restored.from });
    expect(hashOfState(plainJson(again.persisted()))).toBe(one.hash);
    expect(again.initialEffects).toEqual([]);
  });

  test('there is at least one for each chart', () => {
    expect(new Set(golden.map(one => one.chart.id))).toEqual(new Set(goldenCharts.map(chart => chart.id)));
  });

  test('of a chart that nobody knows is quarantined: it stays in the table, and the actor begins anew', async () => {
    const [first] = cases;
    if (!first) throw new Error('no golden snapshot');
    const actorId = await stored({ ...first, chart: { ...first.chart, hash: 'unknown' } });
    expect(await restoreState(database.db, presentOf(first.chart.id), actorId)).toEqual({ from: null, quarantined: true });
    const kept = await database.db.selectFrom('snapshot').select('hash').where('actor_id', '=', actorId).execute();
    expect(kept).toEqual([{ hash: first.hash }]);
  });
});
