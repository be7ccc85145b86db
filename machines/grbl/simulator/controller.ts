import { createHash } from 'node:crypto';
import { axisNames, origin } from '../../gcode/axes.ts';
import { alarmPause, criticalAlarm, plainAlarm } from './alarms.ts';
import { settleBeam } from './beam.ts';
import { executeCommand, runStartupLines } from './commands.ts';
import { executeGcode } from './execute.ts';
import {
  createMachine,
  deEnergise,
  type LineProgram,
  type Machine,
  type MachineKind,
  type Program,
  suspended,
  type Wait,
} from './machine.ts';
import { initialModal } from './modal.ts';
import { plannerBlocks } from './motion.ts';
import { endRestoring, enterDoor, isRealtime, realtime, safetyDoor } from './realtime.ts';
import { type ReceivedLine, Receiver } from './receiver.ts';
import { setting } from './settings.ts';
import { statusReport } from './status.ts';

export interface ControllerOptions {
  /** Behind the version in `$I`. */
  readonly name: string;
  /** A mill unless told. */
  readonly kind?: MachineKind;
  /** Motion, dwell and homing run this much faster than life. */
  readonly timeFactor: number;
  /** ms, any origin, never steps back; the same clock as every `now` below. */
  readonly now: number;
  /** Takes what the controller sends. */
  readonly emit: (text: string) => void;
  /** False while so much is still to be sent that a status report waits; `?`s that come meanwhile share one report. */
  readonly hasRoom?: () => boolean;
}

/** Lines of g-code answered with `ok`, in order: how many, and the SHA-256 of each followed by a newline. */
export interface Executed {
  readonly count: number;
  readonly sha256: string;
}

/** Said after every restart, and by network firmware to every new client. */
export const welcome = "\r\nGrbl 1.1h ['$' for help]\r\n";

/**
 * The simulated GRBL 1.1h, without any I/O or clock of its own: bytes and time go in, text comes out. Its main program is a
 * generator that stops at every place where the firmware would wait.
 */
export class Controller {
  readonly machine: Machine;
  readonly #receiver = new Receiver();
  readonly #timeFactor: number;
  readonly #hasRoom: () => boolean;
  #now: number;
  #program: Program;
  #wait: Wait = { for: 'time', ms: 0, scaled: false };
  #waitLeft = 0;
  #line: ReceivedLine | null = null;
  #executed = { count: 0, hash: createHash('sha256') };

  constructor(options: ControllerOptions) {
    this.machine = createMachine({ name: options.name, kind: options.kind ?? 'mill', emit: options.emit });
    this.#timeFactor = options.timeFactor;
    this.#hasRoom = options.hasRoom ?? (() => true);
    this.#now = options.now;
    this.#program = this.#start();
    this.#pump();
  }

  /** One byte has arrived completely at `now`. */
  receive(byte: number, now: number): void {
    this.advance(now);
    if (!isRealtime(byte)) this.#receiver.push(byte);
    else if (!this.#resetLine()) this.#realtime(byte);
    this.#pump();
  }

  /** Lets time pass up to `now`. */
  advance(now: number): void {
    for (let next = this.#untilEvent(); next !== null && this.#now + next <= now; next = this.#untilEvent()) {
      this.#pass(next);
      this.#pump();
    }
    if (now > this.#now) this.#pass(now - this.#now);
    this.#now = Math.max(now, this.#now);
    this.#pump();
  }

  /** When something happens next without another byte; null for never. */
  nextEvent(): number | null {
    const next = this.#untilEvent();
    return next === null ? null : this.#now + next;
  }

  get executed(): Executed {
    return { count: this.#executed.count, sha256: this.#executed.hash.copy().digest('hex') };
  }

  get receiveBuffer(): { readonly free: number; readonly lost: number } {
    return { free: this.#receiver.free, lost: this.#receiver.lost };
  }

  /** The reset key or a brown-out: like power-up, without any alarm line before the banner. */
  powerCycle(): void {
    const { machine } = this;
    deEnergise(machine);
    machine.motion.place(origin);
    machine.homed = false;
    machine.state = setting(machine.settings, 22) === 0 ? 'Idle' : 'Alarm';
    this.#replaceProgram(this.#restart(bootTime));
  }

  /** An alarm out of the blue; 1 and 2 want a reset, the others `$X` or `$H`. */
  alarm(code: number): void {
    this.#replaceProgram(code === 1 || code === 2 ? criticalAlarm(this.machine, code) : this.#alarmThenGoOn(code));
  }

  /** A limit switch closes; with hard limits on that is alarm 1, unless locked already. It opens again at the next reset. */
  limit(axis: (typeof axisNames)[number]): void {
    this.machine.pins.add(axis.toUpperCase());
    const watched = this.machine.state !== 'Home' && this.machine.state !== 'Alarm';
    if (setting(this.machine.settings, 21) !== 0 && watched) this.alarm(1);
    else this.#pump();
  }

  /** The door switch. */
  door(position: 'open' | 'closed'): void {
    if (position === 'closed') this.machine.pins.delete('D');
    else {
      this.machine.pins.add('D');
      if (safetyDoor(this.machine) === 'homing-door') this.#abort(7);
    }
    this.#pump();
  }

  #resetLine(): boolean {
    return this.#wait.for === 'time' && this.#wait.ms === bootTime;
  }

  #realtime(byte: number): void {
    const answer = realtime(this.machine, byte);
    if (answer === 'soft-reset') this.#softReset();
    else if (answer === 'homing-door') this.#abort(7);
  }

  #softReset(): void {
    const { machine } = this;
    if (machine.resetPending) return;
    const inMotion = machine.state === 'Run' || machine.state === 'Jog' || machine.motion.moving;
    if (machine.state === 'Home') this.#abort(6);
    else if (inMotion) this.#abort(3);
    else this.#replaceProgram(this.#restart(softResetTime));
  }

  /** Reset in motion: the steppers stop dead, so nobody knows where the tool is. */
  #abort(code: number): void {
    const { machine } = this;
    machine.homed = false;
    machine.motion.halt();
    deEnergise(machine);
    machine.state = 'Alarm';
    machine.emit(`ALARM:${code}\r\n`);
    this.#replaceProgram(this.#restart(alarmPause));
  }

  #replaceProgram(program: Program): void {
    this.machine.cancelling = false;
    this.machine.doorAfterCancel = false;
    this.#program = program;
    this.#wait = { for: 'time', ms: 0, scaled: false };
    this.#waitLeft = 0;
    this.#pump();
  }

  *#restart(ms: number): Program {
    const { machine } = this;
    machine.motion.halt();
    deEnergise(machine);
    machine.deaf = true;
    machine.resetPending = true;
    yield { for: 'time', ms, scaled: false };
    yield* this.#start();
  }

  *#start(): Program {
    const { machine } = this;
    this.#receiver.flush();
    machine.modal = initialModal();
    Object.assign(machine, { deaf: false, resetPending: false, statusAsked: false, resetAfterLine: false });
    Object.assign(machine, { reportsUntilOffset: 0, reportsUntilOverrides: 0 });
    Object.assign(machine.overrides, { feed: 100, rapid: 100, spindle: 100 });
    machine.motion.override(100, 100);
    for (const axis of axisNames) machine.pins.delete(axis.toUpperCase());
    machine.emit(welcome);
    if (machine.state === 'Alarm' || machine.state === 'Sleep') {
      machine.state = 'Alarm';
      machine.emit("[MSG:'$H'|'$X' to unlock]\r\n");
    } else yield* this.#startIdle();
    yield* this.#lines();
  }

  *#startIdle(): Program {
    this.machine.state = 'Idle';
    if (this.machine.pins.has('D')) safetyDoor(this.machine);
    yield { for: 'empty' };
    yield* runStartupLines(this.machine);
  }

  *#alarmThenGoOn(code: number): Program {
    yield* plainAlarm(this.machine, code);
    yield* this.#lines();
  }

  *#lines(): Program {
    for (;;) {
      yield { for: 'line' };
      const line = this.#line;
      this.#line = null;
      if (line === null) continue;
      const status = yield* this.#run(line);
      this.machine.emit(status === 0 ? 'ok\r\n' : `error:${status}\r\n`);
      if (this.machine.resetAfterLine) return yield* this.#restart(softResetTime);
    }
  }

  *#run(line: ReceivedLine): LineProgram {
    const { machine } = this;
    if (line.tooLong) return 11;
    if (line.text === '') return 0;
    if (line.text.startsWith('$')) return yield* executeCommand(machine, line.text);
    if (machine.state === 'Alarm' || machine.state === 'Jog') return 9;
    const status = yield* executeGcode(machine, line.text);
    if (status === 0) this.#record(line.raw);
    return status;
  }

  #record(raw: string): void {
    this.#executed.count += 1;
    this.#executed.hash.update(`${raw}\n`);
  }

  #pump(): void {
    this.#settle();
    while (this.#ready()) {
      const step = this.#program.next();
      if (step.done) throw new Error('the main program of the controller never ends');
      this.#wait = step.value;
      this.#waitLeft = step.value.for === 'time' ? step.value.ms : 0;
      this.#settle();
    }
    if (this.machine.statusAsked && !this.machine.deaf && this.#hasRoom()) {
      this.machine.statusAsked = false;
      this.machine.emit(statusReport(this.machine, this.#receiver.free));
    }
  }

  #ready(): boolean {
    const { machine } = this;
    const wait = this.#wait;
    if (wait.for === 'reset') return false;
    if (wait.for === 'time' && !wait.scaled) return this.#waitLeft < 1e-6;
    if (suspended(machine)) return false;
    if (wait.for === 'time') return this.#waitLeft < 1e-6;
    if (wait.for === 'space') return machine.motion.queued < plannerBlocks;
    if (wait.for === 'empty') return machine.motion.queued === 0;
    if (wait.for === 'stand') return !machine.motion.moving;
    this.#line = this.#receiver.takeLine();
    return this.#line !== null;
  }

  /** Follows the motion: ends of jogs, holds and runs, and the cycle start of what is queued. */
  #settle(): void {
    const { machine } = this;
    const { motion } = machine;
    settleBeam(machine);
    if (machine.cancelling && !motion.moving) this.#endJogCancel();
    if (machine.state === 'Door') this.#settleDoor();
    if ((machine.state === 'Run' || machine.state === 'Jog') && motion.queued === 0) machine.state = 'Idle';
    if (machine.state === 'Idle' && motion.queued > 0) machine.state = 'Run';
    if ((machine.state === 'Run' || machine.state === 'Jog') && !machine.cancelling && this.#wait.for !== 'stand' && !motion.moving)
      motion.run();
  }

  #settleDoor(): void {
    const { machine } = this;
    if (machine.door === 'stopping' && !machine.motion.moving) enterDoor(machine);
    if (machine.door === 'restoring' && machine.restoreLeft < 1e-6) endRestoring(machine);
  }

  #endJogCancel(): void {
    const { machine } = this;
    machine.motion.halt();
    machine.cancelling = false;
    machine.state = 'Idle';
    if (machine.doorAfterCancel) enterDoor(machine);
    machine.doorAfterCancel = false;
  }

  /** Ms of real time; null when nothing is under way. */
  #untilEvent(): number | null {
    const { machine } = this;
    const moving = machine.motion.untilEvent();
    const times: number[] = moving === null ? [] : [(moving * 1000) / this.#timeFactor];
    if (this.#wait.for === 'time' && !(this.#wait.scaled && suspended(machine)))
      times.push(this.#wait.scaled ? this.#waitLeft / this.#timeFactor : this.#waitLeft);
    if (machine.state === 'Door' && machine.door === 'restoring') times.push(machine.restoreLeft / this.#timeFactor);
    return times.length === 0 ? null : Math.max(0, Math.min(...times));
  }

  #pass(ms: number): void {
    const { machine } = this;
    this.#now += ms;
    machine.motion.advance((ms * this.#timeFactor) / 1000);
    if (machine.state === 'Door' && machine.door === 'restoring') machine.restoreLeft -= ms * this.#timeFactor;
    if (this.#wait.for !== 'time') return;
    if (!this.#wait.scaled) this.#waitLeft -= ms;
    else if (!suspended(machine)) this.#waitLeft -= ms * this.#timeFactor;
  }
}

const softResetTime = 5;
const bootTime = 150;
