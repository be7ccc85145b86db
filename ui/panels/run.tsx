import type { EquipmentStatus, Telemetry } from '../../statecharts/equipment/status.ts';
import { type Truth, timeText } from '../client/truth.ts';
import { Bar } from '../components/bar.tsx';
import { Reading } from '../components/marks.tsx';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';

/** How far the lines of a run came. */
export interface Lines {
  readonly acknowledged: number;
  readonly sent: number;
  readonly total: number;
  readonly uncertain: readonly [number, number] | null;
}

/** The newest count: telemetry while it runs, the run's own record after it ended. */
export function linesOf(status: EquipmentStatus, telemetry: Telemetry | undefined): Lines | null {
  const { run } = status;
  const fast = telemetry?.program;
  if (fast && run?.result === 'running' && fast.job === run.job) return { ...fast, uncertain: null };
  if (run) return { ...run, uncertain: run.uncertain ?? null };
  return status.job ? { acknowledged: 0, sent: 0, total: status.job.lines, uncertain: null } : null;
}

/** The loaded program and its run: lines acknowledged, sent but not certain, not sent. */
export function RunPanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { telemetry, truth } = useTelemetry(equipment);
  const lines = status ? linesOf(status, telemetry) : null;
  if (!status || !lines)
    return (
      <section class="panel prog" aria-label="Run">
        <div class="head">
          <h2>No program loaded</h2>
        </div>
        <p class="label">Upload or choose one below, then load it.</p>
      </section>
    );
  const percent = lines.total === 0 ? 0 : (lines.acknowledged / lines.total) * 100;
  const running = status.run?.result === 'running';
  return (
    <section class="panel prog" aria-label="Run">
      <div class="head">
        <h2 class="cut">{status.job?.name ?? 'Unloaded program'}</h2>
      </div>
      <div class="pct">
        <b>{running ? <Reading truth={truth} value={Math.floor(percent)} /> : Math.floor(percent)} %</b>
        <span>{runWords(status)}</span>
      </div>
      <Bar label="Lines acknowledged" done={percent} {...uncertainPart(lines)} />
      <LineCounts lines={lines} running={running} truth={running ? truth : ended} />
      {status.run?.error && (
        <p class="prog__error">
          Line {status.run.error.line}: {status.run.error.text} <code>{status.run.error.code}</code>
        </p>
      )}
    </section>
  );
}

/** What a run that ended has recorded does not age. */
const ended: Truth = { kind: 'live', age: 0 };

function LineCounts({ lines, running, truth }: { lines: Lines; running: boolean; truth: Truth }) {
  const n = (value: number): string => value.toLocaleString('en');
  const [from, to] = lines.uncertain ?? [0, -1];
  const between = running ? lines.sent - lines.acknowledged : Math.max(to - from + 1, 0);
  return (
    <dl class="kv kv--swatch">
      <dt>
        <i class="swatch swatch--run" />
        Lines acked
      </dt>
      <dd>
        <Reading truth={truth} value={n(lines.acknowledged)} />
      </dd>
      <dt>
        <i class="swatch swatch--maybe" />
        {running ? 'Sent, not answered' : 'Sent, not certain'}
      </dt>
      <dd>
        <Reading truth={truth} value={n(between)} />
      </dd>
      <dt>
        <i class="swatch swatch--rest" />
        Not sent
      </dt>
      <dd>
        <Reading truth={truth} value={n(lines.total - lines.sent)} /> of {n(lines.total)}
      </dd>
      {lines.uncertain && (
        <>
          <dt class="kv__attention">Lines in doubt</dt>
          <dd>
            {n(from)} to {n(to)}
          </dd>
        </>
      )}
    </dl>
  );
}

function uncertainPart(lines: Lines): { uncertain?: readonly [number, number] } {
  if (!lines.uncertain || lines.total === 0) return {};
  const [from, to] = lines.uncertain;
  return { uncertain: [((from - 1) / lines.total) * 100, (to / lines.total) * 100] };
}

function runWords({ run, job }: EquipmentStatus): string {
  if (!run) return job ? 'loaded, not started' : '';
  const by = run.by ? ` by ${run.by}` : '';
  return run.result === 'running' ? `running since ${timeText(run.at)}` : `${run.result}${by} ${timeText(run.at)}`;
}
