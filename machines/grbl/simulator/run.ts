import { rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { subtractAxes } from '../../gcode/axes.ts';
import { serveControl, type VerbAnswer } from './control.ts';
import { Controller } from './controller.ts';
import { ByteFaults, type Verb } from './faults.ts';
import { workOffset } from './modal.ts';
import { linkPort, openPty, type Pty } from './pty.ts';
import { machinePosition, spindleSpeed, stateWord } from './status.ts';
import { Uart } from './uart.ts';
import { WireLog } from './wire-log.ts';

export interface SimulatorOptions {
  /** Where the link to the pseudo terminal is made. */
  readonly port: string;
  /** Wire log, appended to; null for none. */
  readonly log: string | null;
  /** Unix socket for verbs; null for none. */
  readonly control: string | null;
  readonly timeFactor: number;
  /** 0: bytes take no time. */
  readonly baud: number;
  readonly name: string;
}

/** A simulated mill behind a real port. */
export interface RunningSimulator {
  readonly port: string;
  perform(verb: Verb): Promise<VerbAnswer>;
  close(): Promise<void>;
}

/** Powers the mill up and makes its port; resolves when a driver may open it. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const simulator = new Simulator(options);
  await simulator.connect();
  const server = options.control === null ? null : await serveControl(options.control, verb => simulator.perform(verb));
  return {
    port: options.port,
    perform: verb => simulator.perform(verb),
    close: async () => {
      await simulator.close();
      if (server !== null) await closeServer(server);
    },
  };
}

function closeServer(server: Server): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}

/** Milliseconds of CLOCK_MONOTONIC. */
function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The bytes of the send buffer of the real controller: a `?` waits while more than this is still to be sent. */
const sendBufferBytes = 104;

class Simulator {
  readonly #options: SimulatorOptions;
  readonly #log: WireLog;
  readonly #in: Uart;
  readonly #out: Uart;
  readonly #faults = { in: new ByteFaults(), out: new ByteFaults() };
  readonly #controller: Controller;
  #pty: Pty | null = null;
  #timer: NodeJS.Timeout | null = null;
  #silent = false;
  #delay = 0;
  #bytes = 0;
  #closed = false;

  constructor(options: SimulatorOptions) {
    this.#options = options;
    this.#log = new WireLog(options.log);
    this.#in = new Uart(options.baud);
    this.#out = new Uart(options.baud);
    const { name, timeFactor } = options;
    this.#controller = new Controller({
      name,
      timeFactor,
      now: monotonic(),
      emit: text => this.#emit(text),
      hasRoom: () => this.#out.pending < sendBufferBytes,
    });
  }

  async connect(): Promise<void> {
    if (this.#pty !== null) return;
    const listener = { data: (bytes: Uint8Array) => this.#arrive(bytes), ended: () => this.#vanish('the terminal ended') };
    this.#pty = await openPty(listener);
    linkPort(this.#options.port, this.#pty.path);
    this.#log.note(`port ${this.#pty.path}`, monotonic());
    this.#tick();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#disconnect('closed');
    this.#log.close(monotonic());
  }

  async perform(verb: Verb): Promise<VerbAnswer> {
    if (verb.verb === 'state') return { ok: true, ...this.#state() };
    if (verb.verb === 'executed') return { ok: true, ...this.#controller.executed };
    this.#log.note(JSON.stringify(verb), monotonic());
    this.#controller.advance(monotonic());
    await this.#act(verb);
    this.#tick();
    return { ok: true };
  }

  async #act(verb: Exclude<Verb, { verb: 'state' | 'executed' }>): Promise<void> {
    const controller = this.#controller;
    switch (verb.verb) {
      case 'dont_answer':
        this.#silent = true;
        return;
      case 'answer':
        this.#silent = false;
        return;
      case 'cut':
        return this.#disconnect('cut');
      case 'restore':
        return this.connect();
      case 'reset':
        return controller.powerCycle();
      case 'alarm':
        return controller.alarm(verb.code);
      case 'door':
        return controller.door(verb.position);
      case 'limit':
        return controller.limit(verb.axis);
      case 'slow':
        this.#delay = verb.ms;
        return;
      case 'wrong_identity':
        controller.machine.name = verb.name;
        return;
      case 'drop':
      case 'flip':
      case 'duplicate':
        return this.#faults[verb.direction].set(verb.verb, verb.count);
    }
  }

  #state(): Record<string, unknown> {
    this.#controller.advance(monotonic());
    const { machine, executed, receiveBuffer } = this.#controller;
    const mpos = machinePosition(machine);
    return {
      state: stateWord(machine),
      mpos,
      wpos: subtractAxes(mpos, workOffset(machine.modal, machine.parameters)),
      planner: machine.motion.queued,
      moving: machine.motion.moving,
      motions: machine.motion.finished,
      executed: executed.count,
      homed: machine.homed,
      energised: machine.motion.moving || spindleSpeed(machine) > 0,
      spindle: spindleSpeed(machine),
      coolant: { flood: machine.flood, mist: machine.mist },
      overrides: { ...machine.overrides },
      received: { bytes: this.#bytes, free: receiveBuffer.free, lost: receiveBuffer.lost },
      connected: this.#pty !== null,
      answering: !this.#silent,
    };
  }

  async #disconnect(why: string): Promise<void> {
    const pty = this.#pty;
    if (pty === null) return;
    this.#vanish(why);
    await pty.close();
  }

  /** The port is gone; a half line stays in the controller's line buffer, as behind a real cable. */
  #vanish(why: string): void {
    this.#pty = null;
    this.#in.clear();
    this.#out.clear();
    rmSync(this.#options.port, { force: true });
    this.#log.note(why, monotonic());
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#pty === null) return;
    this.#in.send(bytes, monotonic());
    this.#tick();
  }

  #emit(text: string): void {
    if (this.#silent || this.#pty === null) return;
    this.#out.send(Buffer.from(text, 'latin1'), monotonic() + this.#delay);
  }

  /** Brings everything up to now and sleeps until something is due. */
  #tick(): void {
    if (this.#closed) return;
    const now = monotonic();
    for (const { byte, due } of this.#in.take(now)) {
      this.#log.byte('in', byte, due);
      this.#bytes += 1;
      for (const arrived of this.#faults.in.pass(byte)) this.#controller.receive(arrived, due);
    }
    this.#controller.advance(now);
    this.#deliver(now);
    this.#schedule(now);
  }

  #deliver(now: number): void {
    const bytes: number[] = [];
    for (const { byte, due } of this.#out.take(now)) {
      for (const sent of this.#faults.out.pass(byte)) {
        this.#log.byte('out', sent, due);
        bytes.push(sent);
      }
    }
    if (bytes.length > 0) this.#pty?.write(Uint8Array.from(bytes));
  }

  #schedule(now: number): void {
    const times = [this.#in.nextDue, this.#out.nextDue, this.#controller.nextEvent()].filter(time => time !== null);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = times.length === 0 ? null : setTimeout(() => this.#tick(), Math.max(1, Math.min(...times) - now));
  }
}
