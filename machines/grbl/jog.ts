import type { CommandArgs } from '../../statecharts/equipment/commands.ts';
import type { Axes, Report } from '../../statecharts/equipment/reports.ts';
import { lengthOf, mapAxes, subtractAxes } from '../gcode/axes.ts';
import { Deadline } from '../links/deadline.ts';
import type { Reply } from './channel.ts';
import { type Activity, type Core, type EndCause, RestWatch } from './core.ts';
import { jogLine } from './encode.ts';
import type { DeviceView } from './status.ts';

type JogArgs = CommandArgs<'JOG'>;
type EndReason = Extract<Report, { type: 'jog.ended' }>['reason'];

/** Motion per segment: with two under way, a host that dies leaves at most 200 ms of motion in the controller. */
const segmentMs = 100;
const aheadLimitMs = 2 * segmentMs;
/** The dead-man's 250 ms less what timer and wire take. */
const grantMs = 240;
const deadManMs = 250;
const tickMs = 20;
/** A tick this much later than planned means that this process stood still, and that what is read next has waited as long, ms. */
const lateMs = 30;

interface Run {
  readonly id: string;
  readonly feed: number;
  /** The whole way per segment, mm. */
  readonly step: Axes;
  /** Infinity while held by grants. */
  readonly segments: number;
  readonly held: boolean;
  readonly from: Axes | null;
  sent: number;
  answered: number;
  accepted: boolean;
  grantedAt: number;
  /** When nothing was waiting to be read: a grant is at least as old as it may be since then. */
  freshAt: number;
  /** When the next tick is planned. */
  dueAt: number;
  /** Motion time sent and not yet done, as of `aheadAt`, ms. */
  ahead: number;
  aheadAt: number;
  /** How much later than promised the dead-man was noticed, ms. */
  lateMs: number;
  /** Set when nothing more is fed. */
  ending: EndReason | null;
}

/** Jogs in segments of at most 100 ms, two outstanding (gnea/grbl doc/markdown/jogging.md, incremental method). */
export class Jogger implements Activity {
  readonly #core: Core;
  readonly #rest: RestWatch;
  readonly #tick: Deadline;
  #run: Run | null = null;

  constructor(core: Core) {
    this.#core = core;
    this.#rest = new RestWatch(core);
    this.#tick = new Deadline(core.clock);
  }

  get active(): boolean {
    return this.#run !== null;
  }

  start(jog: JogArgs): void {
    const run = beginRun(jog, this.#core.clock.monotonic(), this.#core.view()?.machine ?? null);
    this.#run = run;
    this.#rest.restart();
    if (run) this.#step(run);
    else this.#core.report({ type: 'jog.ended', jogId: jog.jogId, reason: 'refused' });
  }

  grant(jogId: string): void {
    const run = this.#run;
    if (run?.id !== jogId) return;
    const now = this.#core.clock.monotonic();
    // Grants that piled up while this process stood still may be of a hand that has let go since: they count from before it.
    const stoodStill = now - run.freshAt > tickMs + lateMs;
    run.grantedAt = Math.max(run.grantedAt, stoodStill ? run.freshAt : now);
  }

  /** Stops feeding and cancels the motion; ends when the device rests. */
  cancel(reason: EndReason): void {
    const run = this.#run;
    if (!run) return;
    run.ending ??= reason;
    this.#rest.restart();
    this.#core.channel.realtime('jogCancel');
    this.#core.poll();
  }

  status(view: DeviceView): void {
    const run = this.#run;
    if (!run) return;
    if (!run.ending) this.#measure(run, view);
    // Segments still in the receive buffer when the cancel came are run afterwards: cancel these too.
    if (isCancelled(run) && view.condition === 'jogging') this.#core.channel.realtime('jogCancel');
    if (run.ending && run.answered === run.sent && this.#rest.observe(view)) this.#close(run.ending);
  }

  end(cause: EndCause): void {
    // Whoever let it go has ended it, whatever was answered.
    if (cause === 'reply-missing') this.#close(this.#run?.ending ?? 'stopped');
    else if (cause !== 'closed') this.#close('stopped');
    this.#tick.cancel();
  }

  #step(run: Run): void {
    if (this.#run !== run) return;
    const now = this.#core.clock.monotonic();
    if (now - run.dueAt <= lateMs) run.freshAt = now;
    if (run.held && !run.ending && now - run.grantedAt >= grantMs) {
      run.lateMs = Math.max(0, Math.round(now - run.grantedAt - deadManMs));
      this.cancel('grant-lost');
    }
    while (this.#mayFeed(run, now)) this.#send(run);
    if (this.#run === run) this.#planStep(run, now);
  }

  /** The tick that finds the grant lost is due at that very moment, not up to a tick later. */
  #planStep(run: Run, now: number): void {
    const left = run.grantedAt + grantMs - now;
    const wait = run.held && !run.ending ? Math.min(tickMs, Math.max(1, left)) : tickMs;
    run.dueAt = now + wait;
    this.#tick.start(wait, () => this.#step(run));
  }

  #mayFeed(run: Run, now: number): boolean {
    if (this.#run !== run || run.ending || run.sent - run.answered >= 2) return false;
    return aheadOf(run, now) <= aheadLimitMs - segmentMs;
  }

  #send(run: Run): void {
    const now = this.#core.clock.monotonic();
    run.ahead = aheadOf(run, now) + segmentMs;
    run.aheadAt = now;
    run.sent += 1;
    if (run.sent >= run.segments) run.ending = 'done';
    this.#rest.restart();
    if (!this.#core.channel.send(jogLine(stepOf(run, run.sent), run.feed), reply => this.#answered(run, reply))) this.#close('stopped');
  }

  #answered(run: Run, reply: Reply): void {
    if (this.#run !== run || reply.kind === 'lost') return;
    run.answered += 1;
    this.#rest.restart();
    if (reply.kind === 'ok') run.accepted = true;
    // A refused segment ends the way: the end of the travel, or a state in which the device does not jog.
    else if (run.ending === null || run.ending === 'done') run.ending = run.accepted ? 'done' : 'refused';
    if (run.ending) this.#core.poll();
  }

  /** Corrects the estimate of what lies ahead by where the machine really is: while accelerating it is behind its feed rate. */
  #measure(run: Run, view: DeviceView): void {
    if (!run.from || !view.machine || view.condition !== 'jogging') return;
    const left = run.sent * lengthOf(run.step) - lengthOf(subtractAxes(view.machine, run.from));
    const now = this.#core.clock.monotonic();
    run.ahead = Math.max(aheadOf(run, now), (left / run.feed) * 60_000);
    run.aheadAt = now;
  }

  #close(reason: EndReason): void {
    const run = this.#run;
    this.#run = null;
    this.#tick.cancel();
    if (run) this.#core.report({ type: 'jog.ended', jogId: run.id, reason, ...(run.lateMs > 0 ? { lateMs: run.lateMs } : {}) });
  }
}

function isCancelled(run: Run): boolean {
  return run.ending === 'released' || run.ending === 'grant-lost' || run.ending === 'stopped';
}

function aheadOf(run: Run, now: number): number {
  return Math.max(0, run.ahead - (now - run.aheadAt));
}

function beginRun(jog: JogArgs, now: number, from: Axes | null): Run | null {
  const direction = mapAxes(axis => jog.direction[axis] ?? 0);
  const diagonal = lengthOf(direction);
  if (diagonal === 0) return null;
  const segmentLength = (jog.feed / 60_000) * segmentMs;
  const way = (jog.distance ?? 0) * diagonal;
  const segments = jog.distance === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(way / segmentLength - 1e-9));
  const length = jog.distance === undefined ? segmentLength : way / segments;
  return {
    id: jog.jogId,
    feed: jog.feed,
    step: mapAxes(axis => (direction[axis] / diagonal) * length),
    segments,
    held: jog.distance === undefined,
    from,
    sent: 0,
    answered: 0,
    accepted: false,
    grantedAt: now,
    freshAt: now,
    dueAt: now,
    ahead: 0,
    aheadAt: now,
    lateMs: 0,
    ending: null,
  };
}

/** The n-th segment, rounded so that the rounded segments sum to the rounded way. */
function stepOf(run: Run, n: number): Axes {
  const upTo = (count: number, axis: 'x' | 'y' | 'z') => Math.round(run.step[axis] * count * 10_000);
  return mapAxes(axis => (upTo(n, axis) - upTo(n - 1, axis)) / 10_000);
}
