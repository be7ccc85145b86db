import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';
import type { Driver, DriverContext, HandOver, Link, LinkListener, ProgramDriver } from '../driver.ts';
import { readProgress } from '../progress.ts';
import { type Refusal, refusalReport } from '../refusal.ts';
import { Acquaintance } from './acquaintance.ts';
import { Activities } from './activities.ts';
import { Channel } from './channel.ts';
import { Clearing } from './clear.ts';
import { Connecting } from './connecting.ts';
import type { Core } from './core.ts';
import { DeviceState } from './device-state.ts';
import { drain } from './drain.ts';
import { envelopeOf, workOffsets } from './identify.ts';
import { LineSplitter } from './lines.ts';
import { movingEffects } from './moving-effects.ts';
import { type Message, parseLine } from './parse.ts';
import { Poller } from './poller.ts';
import { ReplyPatience } from './reply-patience.ts';
import { Resets } from './resets.ts';
import { Rest } from './rest.ts';
import { type SessionMark, setSessionMark } from './session-mark.ts';
import { type GrblSettings, localityOf } from './settings.ts';
import type { DeviceView } from './status.ts';
import { StopSequence } from './stop.ts';
import { TakeOver } from './take-over.ts';
import { mill, type Variant } from './variant.ts';

type Context = DriverContext<GrblSettings>;
type OpenLink = (listener: LinkListener) => Link;

/** Opens a GRBL driver over the link that `openLink` makes. Never throws; everything that happens is a report. */
export function openGrbl(context: Context, openLink: OpenLink, variant: Variant = mill): Required<Driver> {
  return new GrblDriver(context, openLink, variant);
}

class GrblDriver implements Required<Driver> {
  readonly program: ProgramDriver;
  readonly #context: Context;
  readonly #link: Link;
  readonly #channel: Channel;
  readonly #resets: Resets;
  readonly #replies: ReplyPatience;
  readonly #splitter = new LineSplitter();
  readonly #state: DeviceState;
  readonly #poller: Poller;
  readonly #connecting: Connecting;
  readonly #acquaintance: Acquaintance;
  readonly #doing: Activities;
  readonly #stopping: StopSequence;
  readonly #clearing: Clearing;
  readonly #rest: Rest;
  readonly #mark: SessionMark;
  readonly #variant: Variant;
  readonly #takeOver: TakeOver | null;
  /** The next opening begins with the hold byte. */
  #suspect: boolean;
  #phase: 'offline' | 'reading' | 'synced' = 'offline';
  #closing: Promise<void> | null = null;

  constructor(context: Context, openLink: OpenLink, variant: Variant) {
    this.#context = context;
    this.#variant = variant;
    this.#mark = setSessionMark(context.directory);
    this.#suspect = context.inherited === true || this.#mark.orphaned || readProgress(context.directory)?.ended === null;
    this.#state = new DeviceState(report => this.#report(report), variant);
    this.#link = openLink({
      opened: () => this.#opened(),
      data: bytes => this.#data(bytes),
      lost: reason => this.#lost(reason),
    });
    this.#channel = new Channel(this.#link, line => context.wire(line));
    this.#resets = new Resets(this.#channel, context.clock);
    const core = this.#core();
    const late = () => this.#startOver('the controller did not answer');
    this.#takeOver = context.takeOver ? new TakeOver(core, context.takeOver, late) : null;
    this.#replies = new ReplyPatience(core);
    this.#poller = this.#makePoller();
    this.#connecting = new Connecting(core);
    this.#acquaintance = this.#makeAcquaintance(core);
    this.#doing = new Activities(core, this.#acquaintance);
    const parts = { state: this.#state, channel: this.#channel, resets: this.#resets, connecting: this.#connecting, doing: this.#doing };
    this.#rest = new Rest(parts);
    this.#stopping = new StopSequence(core);
    this.#clearing = new Clearing(core, () => this.#unlocked());
    this.program = { facts: () => this.#facts(), drain: done => this.#drain(done), leave: () => this.#left() };
  }

  perform(effect: DeviceEffect): void {
    if (this.#takeOver?.pending) this.#startOver(`${effect.type} was asked for`);
    const refusal = this.#refusalOf(effect);
    if (refusal) {
      this.#report(refusalReport(effect, refusal));
      return;
    }
    if (movingEffects.includes(effect.type)) this.#stopping.disturbed();
    this.#begin(effect);
  }

  stop(): boolean {
    const written = this.#stopping.press(this.#rest.isHoming());
    this.#interrupt('abort');
    return written;
  }

  grantJog(jogId: string): void {
    this.#doing.jogger.grant(jogId);
  }

  #facts(): ReturnType<ProgramDriver['facts']> {
    return { offsets: workOffsets(this.#state.facts), envelope: envelopeOf(this.#state.facts) };
  }

  #drain(done: (handOver: HandOver | null) => void): void {
    const fit = this.#phase === 'synced' && !this.#stopping.active && !this.#state.deaf;
    if (!fit) {
      done(null);
      return;
    }
    const parts = { core: this.#core(), streamer: this.#doing.streamer, facts: () => this.#state.facts, variant: this.#variant };
    drain(parts, done);
  }

  #left(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  async #leave(): Promise<void> {
    this.#poller.stop();
    this.#doing.streamer.handOver();
    await this.#link.close();
    this.#mark.clear();
  }

  close(why?: 'given-free'): Promise<void> {
    this.#closing ??= this.#close(why);
    return this.#closing;
  }

  async #close(why: 'given-free' | undefined): Promise<void> {
    this.#takeOver?.end('this node ended');
    this.#poller.stop();
    const rests = this.#phase === 'synced' && !this.#rest.mayMove();
    this.#rest.leave(why);
    this.#doing.end('closed');
    this.#stopping.close();
    this.#clearing.cancel();
    this.#acquaintance.pause();
    await this.#link.close();
    if (rests) this.#mark.clear();
  }

  #begin(effect: DeviceEffect): void {
    switch (effect.type) {
      case 'device.hold':
        // GRBL ignores a hold while it homes: only a reset ends that.
        if (this.#rest.isHoming()) this.#abort();
        else this.#realtime(effect, 'hold');
        break;
      case 'device.resume':
        this.#realtime(effect, 'resume');
        break;
      case 'device.program.finish':
        this.#finish(effect);
        break;
      case 'device.stop':
        this.#stopping.join('stop', this.#rest.isHoming());
        this.#interrupt('stop');
        break;
      case 'device.abort':
        this.#abort();
        break;
      case 'device.clear':
        this.#interrupt('abort');
        this.#clearing.start(this.#stopping.active);
        break;
      default:
        this.#doing.begin(effect, this.#context);
        if (this.#doing.homing.active) this.#state.announce('homing');
        break;
    }
  }

  #abort(): void {
    this.#stopping.join('abort', this.#rest.isHoming());
    this.#interrupt('abort');
  }

  /** What was sent to a machine that is held runs out only when it goes on. */
  #finish(effect: DeviceEffect & { readonly type: 'device.program.finish' }): void {
    const condition = this.#state.view?.condition;
    const held = this.#doing.streamer.active && (condition === 'held' || condition === 'door-closed');
    const refusal = held ? this.#refusalOf({ type: 'device.resume' }) : null;
    if (refusal) {
      this.#report(refusalReport(effect, refusal));
      return;
    }
    this.#doing.begin(effect, this.#context);
    if (!held) return;
    this.#stopping.disturbed();
    this.#realtime(effect, 'resume');
  }

  #realtime(effect: DeviceEffect, name: 'hold' | 'resume'): void {
    if (this.#channel.realtime(name)) this.#poll();
    else this.#report(refusalReport(effect, { code: 'no-link', text: 'There is no link to write to.' }));
  }

  #refusalOf(effect: DeviceEffect): Refusal | null {
    if (this.#phase === 'offline') return { code: 'no-link', text: 'There is no link to the controller.' };
    if (!movingEffects.includes(effect.type)) return null;
    if (this.#stopping.active || this.#clearing.active) return { code: 'stopping', text: 'A stop or a reset is under way.' };
    if (!this.#acquaintance.identified)
      return { code: 'not-identified', text: 'The controller has not been identified since it was connected.' };
    if (this.#state.misfit) return this.#state.misfit;
    if (effect.type !== 'device.resume' && this.#doing.busy) return { code: 'busy', text: 'The machine is busy with something else.' };
    return null;
  }

  #opened(): void {
    this.#splitter.clear();
    this.#phase = 'reading';
    this.#acquaintance.forget();
    const orderly = this.#takeOver?.pending === true;
    if (!orderly) this.#report({ type: 'link.up' });
    this.#connecting.opened(this.#suspect && !orderly, localityOf(this.#context.settings));
    this.#poller.start();
  }

  /** The machine is not as it was handed over: everything begins as after a death of its last owner, with the hold byte. */
  #startOver(why: string): void {
    this.#takeOver?.end(why);
    this.#suspect = true;
    if (this.#phase !== 'offline') this.#opened();
  }

  /** At rest, in the modes that the last line left? */
  #verify(takeOver: TakeOver, view: DeviceView): void {
    const objection = takeOver.objectionTo(this.#state.facts.modes);
    if (objection) {
      this.#startOver(objection);
      return;
    }
    this.#phase = 'synced';
    this.#suspect = false;
    takeOver.end(null);
    this.#state.announce(view.condition);
  }

  #lost(reason: string): void {
    if (this.#takeOver?.pending) {
      // Refused, perhaps because the last owner's connection is not quite gone.
      if (!this.#takeOver.heard) {
        this.#forgetLink();
        return;
      }
      this.#takeOver.end(reason);
      this.#suspect = true;
    }
    // Before its first report nothing was written to it on this connection that could change what was known before.
    else if (this.#phase !== 'offline' && this.#state.view) this.#suspect = this.#rest.mayMove();
    this.#phase = 'offline';
    this.#poller.stop();
    this.#stopping.linkLost();
    this.#resets.forget();
    this.#clearing.fail('no-link', 'The link broke while the controller was cleared.');
    this.#acquaintance.forget();
    this.#doing.end('link');
    this.#channel.flush();
    this.#state.linkLost();
    this.#report({ type: 'link.lost', reason });
  }

  #forgetLink(): void {
    this.#phase = 'offline';
    this.#poller.stop();
  }

  #data(bytes: Uint8Array): void {
    for (const line of this.#splitter.push(bytes)) {
      const message = parseLine(line);
      this.#channel.note('received', line);
      this.#state.learn(message);
      if (message.kind !== 'garbage') this.#poller.heard();
      this.#receive(message);
    }
  }

  #receive(message: Message): void {
    switch (message.kind) {
      case 'ok':
      case 'error':
        if (!this.#channel.reply(message)) this.#state.unexpected();
        break;
      case 'status':
        this.#status(this.#state.status(message.status));
        break;
      case 'alarm':
        this.#alarm(message.code);
        break;
      case 'banner':
        this.#restarted();
        break;
      case 'feedback':
        this.#feedback(message.text);
        break;
      case 'options':
        this.#channel.resize(message.rxBytes);
        break;
      default:
        break;
    }
  }

  #feedback(text: string): void {
    if (text !== 'Reset to continue') return;
    this.#stopping.resetWanted();
    this.#clearing.resetWanted();
  }

  #status(view: DeviceView): void {
    if (this.#phase === 'reading') this.#read(view);
    // A report that was under way when homing began is of before; GRBL itself is silent until homing ends.
    else if (!this.#doing.homing.active) this.#state.announce(view.condition);
    // After the condition: whoever takes this for an answer must not believe in the condition of before.
    this.#context.telemetry(this.#state.telemetry(this.#doing.streamer.progress));
    this.#stopping.status(view);
    if (!this.#stopping.active) this.#clearing.stopped();
    this.#clearing.status(view);
    this.#doing.status(view);
    if (this.#replies.isOver(view)) this.#replyMissing();
    this.#identifyWhenPossible(view);
  }

  /** Whoever waits for the line is told, and the next reply is given to the next one. Questions are failed by the loss itself. */
  #replyMissing(): void {
    this.#doing.end('reply-missing');
    this.#channel.flush();
  }

  #read(view: DeviceView): void {
    if (this.#takeOver?.pending) {
      // Whatever welcome line comes now is that of a restart.
      this.#connecting.greeted();
      const objection = this.#takeOver.read(view.condition);
      if (objection) this.#startOver(objection);
      return;
    }
    const reading = this.#connecting.read(view);
    if (reading === 'leave-alone') this.#sync(view);
  }

  #sync(view: DeviceView): void {
    this.#phase = 'synced';
    this.#suspect = false;
    this.#state.announced(view.condition);
    const heldByUs = this.#connecting.heldByUs(view);
    this.#report({ type: 'device.synced', condition: view.condition, homed: false, heldByUs });
  }

  /** Questions are lines: only to a controller that reads lines, whose buffer is ours alone, with nothing else under way. */
  #identifyWhenPossible(view: DeviceView): void {
    if (this.#doing.busy || this.#stopping.active || this.#clearing.active) return;
    if (this.#connecting.suspect || this.#channel.outstanding > 0) return;
    if (view.condition === 'idle' || view.condition === 'alarm') this.#acquaintance.proceed();
  }

  #unlocked(): void {
    this.#acquaintance.identifyToClear();
    this.#poll();
  }

  #alarm(code: number): void {
    if (this.#takeOver?.pending) this.#startOver('the machine raised an alarm');
    const text = this.#state.alarm(code);
    this.#doing.end('alarm', text);
    if (this.#phase === 'synced') this.#state.announce('alarm');
  }

  #restarted(): void {
    const awaited = this.#stopping.expectsBanner || this.#clearing.expectsBanner;
    const asked = this.#resets.answered(awaited);
    if (!asked && this.#connecting.greeted()) return;
    if (this.#takeOver?.pending) this.#startOver('the controller restarted');
    this.#state.restarted();
    this.#connecting.banner();
    this.#acquaintance.pause();
    this.#doing.end('restart');
    this.#channel.flush();
    if (this.#phase === 'synced') this.#report({ type: 'device.reset', asked });
    // A reset ends G92 and the tool length, and stored start-up lines may set other modes after it.
    if (asked) this.#acquaintance.touched('offsets');
    else this.#restartedByItself();
    // A reset of ours, but of a sequence that another one took over: which of them ended a motion cannot be told.
    if (asked && !awaited) this.#positionLost('The controller was reset more than once.');
    this.#stopping.banner();
    this.#clearing.banner();
    this.#poll();
  }

  #restartedByItself(): void {
    this.#acquaintance.forget();
    this.#positionLost('The controller restarted by itself.');
  }

  #positionLost(reason: string): void {
    if (this.#phase === 'synced') this.#report({ type: 'device.position.lost', reason });
  }

  /** Ends what is under way because a stop or a reset takes over. */
  #interrupt(cause: 'abort' | 'stop'): void {
    if (this.#takeOver?.pending) {
      this.#takeOver.end('a stop came between');
      if (this.#phase !== 'offline') this.#report({ type: 'link.up' });
    }
    this.#doing.end(cause);
    if (cause === 'abort') this.#acquaintance.quieten();
    else this.#acquaintance.pause();
    if (this.#stopping.active) this.#clearing.fail('stopping', 'A stop took over.');
  }

  #silent(ms: number): void {
    this.#report({ type: 'link.silent', ms });
    this.#link.giveUp(`The controller did not answer for ${ms} ms.`);
  }

  #poll(): void {
    this.#channel.realtime('status');
  }

  #report(report: Report): void {
    this.#context.report(report);
  }

  #core(): Core {
    return {
      channel: this.#channel,
      resets: this.#resets,
      clock: this.#context.clock,
      // A condition must be known as told, or its end would look like no change: homing ends in the idle it began in.
      report: report => (report.type === 'device.condition' ? this.#state.announce(report.condition) : this.#report(report)),
      poll: () => this.#poll(),
      view: () => this.#state.view,
    };
  }

  #makeAcquaintance(core: Core): Acquaintance {
    const { identity, simulated } = this.#context.settings;
    const known = () => {
      const view = this.#state.view;
      if (this.#takeOver?.pending && view) this.#verify(this.#takeOver, view);
      else if (this.#phase === 'reading' && view) this.#sync(view);
    };
    const strange = () => {
      if (this.#takeOver?.pending) this.#startOver('another controller answered');
    };
    const expected = identity ?? this.#takeOver?.identity ?? null;
    return new Acquaintance(core, this.#state, { expected, simulated, known, strange });
  }

  #makePoller(): Poller {
    return new Poller({
      clock: this.#context.clock,
      silentAfterMs: this.#context.settings.silentAfterMs,
      ask: () => this.#poll(),
      hurried: () => this.#doing.jogger.active,
      patience: () => this.#patience(),
      silent: ms => this.#silent(ms),
      answering: () => this.#report({ type: 'link.answering' }),
    });
  }

  #patience(): number {
    if (this.#state.deaf) return Number.POSITIVE_INFINITY;
    return this.#doing.homing.active ? this.#context.settings.homingTimeoutMs : 0;
  }
}
