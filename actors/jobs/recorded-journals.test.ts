import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrationPath, type StoredState } from '../../statecharts/migrations.ts';
import type { BundledSnapshot } from '../storage/journal-bundle.ts';
import { readBundle } from '../storage/journal-bundle.ts';
import type { Chart } from '../system/chart.ts';
import { startChartActor, structuralFlaw } from '../system/chart-actor.ts';
import { migrated } from '../system/restore.ts';
import { presentChart } from '../testing/golden-snapshots.ts';
import { replayBundle } from './replay-bundle.ts';

/** Journals that a running W.I.T. wrote, by `npm run export-journal`; whoever finds one that is not derived again adds it. */
const folder = join(import.meta.dirname, '..', 'testing', 'journals');
const files = readdirSync(folder);
const open = (file: string) => readBundle(readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'));

async function bundleOf(file: string) {
  const opened = await open(file);
  if (!opened.ok) throw new Error(`${file} line ${opened.line}: ${opened.reason}`);
  const { bundle, header } = opened;
  const { context } = (bundle.snapshots[0]?.state ?? {}) as { readonly context?: { readonly input?: { readonly profile?: string } } };
  const profile = context?.input?.profile;
  const chart = presentChart({ chart: header.chart, ...(profile === undefined ? {} : { name: `equipment-${profile}` }) });
  return { ...bundle, chart };
}

describe('[G12] a recorded journal', () => {
  test.each(files)('%s proves itself, and what the present chart lived is derived again to the byte', async file => {
    const { chart, ...bundle } = await bundleOf(file);
    const replayed = await replayBundle(bundle);
    const isPresent = bundle.header.chart.hash === chart.hash;
    if (isPresent) return expect(replayed).toMatchObject({ ok: true, base: 1, entry: { seq: bundle.entries.length } });
    // What an older chart lived may not come out otherwise without a word.
    expect(replayed?.ok || replayed?.code === 'other-chart').toBe(true);
  });

  test.each(files)('[G13] %s could be gone on with after each of its snapshots', async file => {
    const { chart, snapshots } = await bundleOf(file);
    expect(snapshots.length).toBeGreaterThan(0);
    // A form of the version that is being made was never released: nobody has its states.
    const released = snapshots.filter(one => one.chartHash === chart.hash || one.version !== chart.version);
    for (const snapshot of released) {
      const from = takenOver(chart, snapshot);
      expect(structuralFlaw(chart, from)).toBeNull();
      expect(chart.flaw(startChartActor({ chart, from }).state())).toBeNull();
    }
  });
});

function takenOver(chart: Chart, { version, chartHash, state }: BundledSnapshot): StoredState {
  const path = migrationPath(chart.migrations, { version, hash: chartHash }, chart);
  if (path === null) throw new Error(`no way from ${version} ${chartHash}`);
  const from = migrated(chart, state as unknown as StoredState, path);
  if (!from.ok) throw new Error(from.why);
  return from.value;
}

test('[G12] a recording of which a single word was changed is not derived again', async () => {
  const [file = ''] = files;
  const lines = readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
  const changed = lines.map((line, at) => (at === 5 ? line.replace(/"type":"[^"]*"/, '"type":"other"') : line));
  expect(await readBundle(changed)).toMatchObject({ ok: false, line: 6, reason: 'changed' });
  const { chart: _, ...bundle } = await bundleOf(file);
  const entries = bundle.entries.filter(entry => entry.type !== 'device.cleared');
  expect(await replayBundle({ ...bundle, entries })).toMatchObject({ ok: false, code: 'diverged' });
});
