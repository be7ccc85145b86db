import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test('an idle equipment actor weighs at most twice as much as a bare XState actor of its chart', () => {
  const { stdout } = spawnSync(process.execPath, ['scripts/run.mjs', 'bench/memory.ts', '1000'], { encoding: 'utf8' });
  const ratio = Number(/^actor .* ratio (?<ratio>[\d.]+)$/m.exec(stdout)?.groups?.ratio);
  expect(ratio).toBeGreaterThan(1);
  expect(ratio).toBeLessThanOrEqual(2);
}, 60_000);
