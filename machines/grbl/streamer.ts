import type { ProgramOutcome } from '../../statecharts/equipment/reports.ts';
import type { Telemetry } from '../../statecharts/equipment/status.ts';
import { openProgress, type ProgressFile } from '../progress.ts';
import type { Reply } from './channel.ts';
import { errorText } from './codes.ts';
import { type Activity, type Core, type EndCause, RestWatch, type StartConditions } from './core.ts';
import { changesOffsets, writesEeprom } from './encode.ts';
import { openProgram, type ProgramSource } from './program-source.ts';
import { replyPatienceMs } from './reply-patience.ts';
import type { DeviceView } from './status.ts';

export interface ProgramOrder {
  readonly job: string;
  readonly hash: string;
  readonly fromLine: number;
  /** It was begun elsewhere: the modes are those of its own last line. */
  readonly continued: boolean;
  readonly path: string;
  /** Where the progress file lives. */
  readonly directory: string;
}

type Result = ProgramOutcome['result'];

/** A run that feeds no more and whose every line was answered. */
export interface Drained {
  readonly order: Pick<ProgramOrder, 'job' | 'hash'>;
  readonly acknowledged: number;
  readonly total: number;
}
type DrainedListener = (drained: Drained | null) => void;
type Failure = NonNullable<ProgramOutcome['error']>;

interface Run {
  readonly order: ProgramOrder;
  readonly progress: ProgressFile;
  source: ProgramSource | null;
  /** The controller is in the modes that the program was checked for: it said so just now. */
  checked: boolean;
  sent: number;
  acknowledged: number;
  /** No more lines are fed; what was sent runs out. */
  finishing: boolean;
  /** No more lines are fed here: another owner will go on. */
  draining: { done: DrainedListener | null } | null;
  /** A line that writes the EEPROM is outstanding. */
  alone: boolean;
  touchedOffsets: boolean;
  /** When the controller was asked for its modes. */
  askedAt: number;
}

const resultOf: Readonly<Record<EndCause, Result>> = {
  restart: 'interrupted',
  link: 'interrupted',
  closed: 'interrupted',
  abort: 'aborted',
  stop: 'stopped',
  alarm: 'failed',
  'reply-missing': 'failed',
};

/** Feeds a program by counting characters: as many lines under way as the receive buffer surely holds, each reply frees the oldest. */
export class Streamer implements Activity {
  readonly #core: Core;
  readonly #rest: RestWatch;
  #run: Run | null = null;
  readonly #conditions: StartConditions;

  constructor(core: Core, conditions: StartConditions) {
    this.#core = core;
    this.#rest = new RestWatch(core);
    this.#conditions = conditions;
  }

  get active(): boolean {
    return this.#run !== null;
  }

  get progress(): Telemetry['program'] {
    const run = this.#run;
    return run && { job: run.order.job, sent: run.sent, acknowledged: run.acknowledged, total: run.source?.total ?? 0 };
  }

  start(order: ProgramOrder): void {
    const before = order.fromLine - 1;
    const run: Run = {
      order,
      progress: openProgress(order.directory, () => this.#core.clock.monotonic()),
      source: null,
      checked: false,
      sent: before,
      acknowledged: before,
      finishing: false,
      draining: null,
      alone: false,
      touchedOffsets: false,
      askedAt: this.#core.clock.monotonic(),
    };
    this.#run = run;
    this.#rest.restart();
    const request = { path: order.path, fromLine: order.fromLine, ready: (problem?: string) => this.#ready(run, problem) };
    openProgram(request).then(
      source => this.#begin(run, source),
      cause => this.#ready(run, cause instanceof Error ? cause.message : String(cause)),
    );
  }

  /** Feeds no more; ends when what was sent is answered and done. */
  finish(): void {
    if (this.#run) this.#run.finishing = true;
    this.#core.poll();
  }

  /** Feeds no more; `done` is told when every line sent was answered, null when there is nothing to hand over or the run ends before. */
  drain(done: DrainedListener): void {
    const run = this.#run;
    if (!run?.source || !run.checked || run.finishing || run.draining) {
      done(null);
      return;
    }
    run.draining = { done };
    this.#lookDrained(run);
  }

  /** Every line sent is answered and no other will be sent. */
  get drained(): boolean {
    return this.#run?.draining?.done === null;
  }

  /** The run is another owner's now: nobody is told of an end. */
  handOver(): void {
    const run = this.#run;
    if (!run) return;
    this.#run = null;
    this.#record(run, 'handed-over');
    run.progress.close();
    run.source?.close();
  }

  status(view: DeviceView): void {
    const run = this.#run;
    if (!run?.source || this.drained) return;
    if (this.#isAnswered(run)) {
      if (this.#rest.observe(view)) this.#close(run.source.atEnd ? 'complete' : 'stopped');
      return;
    }
    if (!run.checked && this.#core.clock.monotonic() - run.askedAt > replyPatienceMs) this.#answeredModes(run, null);
  }

  end(cause: EndCause, text = ''): void {
    const run = this.#run;
    if (!run) return;
    if (cause === 'alarm') this.#close('failed', { line: run.acknowledged + 1, code: 'alarm', text });
    else if (cause === 'reply-missing') this.#unanswered(run);
    else this.#close(resultOf[cause]);
  }

  /** A question of ours that was not answered is no line of the program: whoever asked it hears of that. */
  #unanswered(run: Run): void {
    if (run.sent === run.acknowledged) return;
    const text = 'the controller rests but never answered this line';
    this.#close('failed', { line: run.acknowledged + 1, code: 'reply-missing', text });
  }

  #begin(run: Run, source: ProgramSource): void {
    if (this.#run !== run) {
      source.close();
      return;
    }
    run.source = source;
    this.#record(run, null);
    run.askedAt = this.#core.clock.monotonic();
    // Whoever else has spoken to the controller, the program goes only where it was checked to go.
    if (run.order.continued) this.#go(run);
    else this.#conditions.ask(changed => this.#answeredModes(run, changed));
  }

  #answeredModes(run: Run, changed: readonly string[] | null): void {
    if (this.#run !== run) return;
    const objection = objectionTo(changed);
    if (objection) {
      this.#close('failed', { line: run.order.fromLine, ...objection });
      return;
    }
    this.#core.report({ type: 'program.started', job: run.order.job });
    this.#go(run);
  }

  #go(run: Run): void {
    run.checked = true;
    this.#feed(run);
    this.#core.poll();
  }

  #ready(run: Run, problem?: string): void {
    if (this.#run !== run) return;
    if (problem) this.#close('failed', { line: run.sent + 1, code: 'program-unreadable', text: problem });
    else this.#feed(run);
  }

  #feed(run: Run): void {
    while (this.#run === run && run.source && run.checked && !run.finishing && !run.draining && !run.alone) {
      const line = run.source.peek();
      if (line === undefined || !this.#core.channel.fits(line)) return;
      const alone = writesEeprom(line);
      if (alone && this.#core.channel.outstanding > 0) return;
      run.source.shift();
      this.#sendLine(run, line, alone);
    }
  }

  #sendLine(run: Run, line: string, alone: boolean): void {
    const number = run.sent + 1;
    run.sent = number;
    run.alone = alone;
    run.touchedOffsets ||= changesOffsets(line);
    // Before the write: after a crash the file may name a line too many, never one too few.
    this.#record(run, null);
    this.#rest.restart();
    if (this.#core.channel.send(line, reply => this.#answered(run, number, reply))) return;
    // Nothing was written: the link is gone or the right to write is.
    run.sent = number - 1;
    if (this.#run === run) this.#close('interrupted');
  }

  #answered(run: Run, number: number, reply: Reply): void {
    if (this.#run !== run || reply.kind === 'lost') return;
    run.acknowledged = number;
    run.alone = false;
    this.#record(run, null);
    if (reply.kind === 'error') {
      // GRBL goes on with the lines already in its buffer: hold them, a person decides.
      this.#core.channel.realtime('hold');
      this.#close('failed', { line: number, code: `error-${reply.code}`, text: errorText(reply.code) });
      return;
    }
    this.#rest.restart();
    this.#feed(run);
    this.#lookDrained(run);
    if (this.#isAnswered(run)) this.#core.poll();
  }

  #lookDrained(run: Run): void {
    const done = run.draining?.done;
    if (!run.draining || !done || run.acknowledged !== run.sent) return;
    run.draining.done = null;
    const { job, hash } = run.order;
    done({ order: { job, hash }, acknowledged: run.acknowledged, total: run.source?.total ?? 0 });
  }

  /** Nothing is left to send and every line sent was answered. */
  #isAnswered(run: Run): boolean {
    return run.acknowledged === run.sent && (run.finishing || (run.source?.atEnd ?? false));
  }

  #record(run: Run, ended: Result | 'handed-over' | null): void {
    const { job, hash } = run.order;
    run.progress.write({ job, hash, sent: run.sent, acknowledged: run.acknowledged, total: run.source?.total ?? 0, ended });
  }

  #close(result: Result, error?: Failure): void {
    const run = this.#run;
    if (!run) return;
    this.#run = null;
    this.#record(run, result);
    run.progress.close();
    run.source?.close();
    this.#core.report({ type: 'program.ended', outcome: outcomeOf(run, result, error) });
    run.draining?.done?.(null);
    this.#conditions.touched(run.touchedOffsets ? 'offsets' : 'modes');
  }
}

/** Why a program may not start in these modes; null when it may. */
function objectionTo(changed: readonly string[] | null): Omit<Failure, 'line'> | null {
  if (changed === null) return { code: 'modes-unknown', text: 'not started: the controller did not say its modes' };
  if (changed.length === 0) return null;
  return { code: 'modes-changed', text: `not started: ${changed.join(' ')} is not what the program was checked for` };
}

function outcomeOf(run: Run, result: Result, error?: Failure): ProgramOutcome {
  const { sent, acknowledged } = run;
  return {
    job: run.order.job,
    result,
    sent,
    acknowledged,
    total: run.source?.total ?? 0,
    ...(sent > acknowledged ? { uncertain: [acknowledged + 1, sent] as const } : {}),
    ...(error ? { error } : {}),
  };
}
