import { loadavg } from 'node:os';

/** One distribution in ms. */
export interface Distribution {
  readonly n: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Nearest-rank percentiles of samples in ms. */
export function distribution(samples: readonly number[]): Distribution {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (q: number) => sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? Number.NaN;
  return { n: sorted.length, p50: at(0.5), p90: at(0.9), p99: at(0.99), max: at(1) };
}

/** Monotonic ms on the clock that every process of this machine shares (CLOCK_MONOTONIC). */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Prints a row: name, distribution, and the ratio against the baseline measured in the same run. */
export function row(name: string, measured: Distribution, baseline?: Distribution): void {
  const f = (ms: number) => ms.toFixed(2).padStart(8);
  const ratio = baseline
    ? `  ratio p50 ${(measured.p50 / baseline.p50).toFixed(2)}x p99 ${(measured.p99 / baseline.p99).toFixed(2)}x`
    : '  (baseline)';
  console.log(
    `${name.padEnd(44)} n=${String(measured.n).padStart(4)} p50${f(measured.p50)} p90${f(measured.p90)} p99${f(measured.p99)} max${f(measured.max)} ms${ratio}`,
  );
}

/** Says what else ran: figures of a shared machine are comparable only within one run. */
export function header(title: string): void {
  console.log(`# ${title}`);
  console.log(
    `load average ${loadavg()
      .map(load => load.toFixed(2))
      .join(' ')}; node ${process.version}; compare ratios, not absolute times`,
  );
}

/** Calls `probe` on a fixed clock: a late probe does not delay the next one (no coordinated omission). */
export async function onFixedClock(count: number, everyMs: number, probe: (i: number) => Promise<number>): Promise<number[]> {
  const started = machineMs();
  const running: Promise<number>[] = [];
  for (let i = 0; i < count; i++) {
    const due = started + i * everyMs;
    await new Promise(done => setTimeout(done, Math.max(0, due - machineMs())));
    running.push(probe(i));
  }
  return Promise.all(running);
}
