import type { Server } from 'node:net';
import { subtractAxes } from '../../gcode/axes.ts';
import { serveControl, type VerbAnswer } from '../../simulation/control.ts';
import { Controller, welcome } from './controller.ts';
import { ByteFaults, MidLineCut, type Verb, verbSchema } from './faults.ts';
import type { HostLine } from './host-line.ts';
import type { MachineKind } from './machine.ts';
import { workOffset } from './modal.ts';
import { openPtyLine } from './pty.ts';
import { isRealtime } from './realtime.ts';
import { machinePosition, spindleSpeed, stateWord } from './status.ts';
import { openTcpLine, type TcpPlace } from './tcp-line.ts';
import { Uart } from './uart.ts';
import { WireLog } from './wire-log.ts';

export interface SimulatorOptions {
  /** Where the link to the pseudo terminal is made, or a network port of this computer. */
  readonly port: string | TcpPlace;
  /** Wire log, appended to; null for none. */
  readonly log: string | null;
  /** Unix socket for verbs; null for none. */
  readonly control: string | null;
  readonly timeFactor: number;
  /** 0: bytes take no time, as always over a network. */
  readonly baud: number;
  readonly name: string;
  /** A mill unless told. */
  readonly kind?: MachineKind;
}

/** A simulated mill behind a real port. */
export interface RunningSimulator {
  /** The settings that lead a driver to it: `{ path }`, or `{ host, port }` over a network. */
  readonly link: { readonly path: string } | { readonly host: string; readonly port: number };
  perform(verb: Verb): Promise<VerbAnswer>;
  close(): Promise<void>;
}

/** Powers the mill up and makes its port; resolves when a driver may open it. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const simulator = new Simulator(options);
  await simulator.connect();
  const taker = { schema: verbSchema, perform: (verb: Verb) => simulator.perform(verb) };
  const server = options.control === null ? null : await serveControl(options.control, taker);
  return {
    link: simulator.link,
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

function portOf(line: HostLine): number {
  return Number(line.place.slice(line.place.lastIndexOf(':') + 1));
}

class Simulator {
  readonly #log: WireLog;
  readonly #in: Uart;
  readonly #out: Uart;
  readonly #faults = { in: new ByteFaults(), out: new ByteFaults() };
  readonly #controller: Controller;
  readonly #midLineCut = new MidLineCut();
  #place: string | TcpPlace;
  #line: HostLine | null = null;
  #blackHole = false;
  #timer: NodeJS.Timeout | null = null;
  #silent = false;
  #delay = 0;
  #bytes = 0;
  #closed = false;

  constructor(options: SimulatorOptions) {
    this.#log = new WireLog(options.log);
    this.#place = options.port;
    const baud = typeof options.port === 'string' ? options.baud : 0;
    this.#in = new Uart(baud);
    this.#out = new Uart(baud);
    const { name, timeFactor, kind = 'mill' } = options;
    this.#controller = new Controller({
      name,
      kind,
      timeFactor,
      now: monotonic(),
      emit: text => this.#emit(text),
      hasRoom: () => this.#out.pending < sendBufferBytes,
    });
  }

  async connect(): Promise<void> {
    this.#blackHole = false;
    if (this.#line !== null) return;
    const listener = {
      data: (bytes: Uint8Array, peer: number | null) => this.#arrive(bytes, peer),
      joined: () => this.#greet(),
      note: (text: string) => this.#log.note(text, monotonic()),
      ended: (why: string) => this.#vanish(why),
    };
    const place = this.#place;
    this.#line = await (typeof place === 'string' ? openPtyLine(place, listener) : openTcpLine(place, listener));
    // The same network port again after a cut.
    if (typeof place !== 'string') this.#place = { ...place, tcp: portOf(this.#line) };
    this.#log.note(`port ${this.#line.place}`, monotonic());
    this.#tick();
  }

  get link(): RunningSimulator['link'] {
    return typeof this.#place === 'string' ? { path: this.#place } : { host: '127.0.0.1', port: this.#place.tcp };
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
      case 'cut_mid_line':
        return this.#midLineCut.arm(verb.bytes);
      case 'black_hole':
        this.#blackHole = true;
        return;
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
      case 'set':
        controller.machine.settings.set(verb.setting, verb.value);
        return;
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
      connected: this.#line !== null,
      answering: !this.#silent,
    };
  }

  async #disconnect(why: string): Promise<void> {
    const line = this.#line;
    if (line === null) return;
    this.#vanish(why);
    await line.close();
  }

  /** The port is gone; a half line stays in the controller's line buffer, as behind a real cable. */
  #vanish(why: string): void {
    this.#line = null;
    this.#in.clear();
    this.#out.clear();
    this.#log.note(why, monotonic());
  }

  #arrive(bytes: Uint8Array, peer: number | null): void {
    if (this.#line === null || this.#blackHole) return;
    // A network carries bytes at once: they are taken before anybody else can write.
    this.#log.from(peer, monotonic());
    this.#in.send(bytes, monotonic());
    this.#tick();
  }

  #greet(): Uint8Array {
    if (this.#silent || this.#blackHole) return new Uint8Array();
    const bytes = Buffer.from(welcome, 'latin1');
    for (const byte of bytes) this.#log.byte('out', byte, monotonic());
    return bytes;
  }

  #emit(text: string): void {
    if (this.#silent || this.#line === null || this.#blackHole) return;
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
      if (isRealtime(byte) || !this.#midLineCut.pass(byte)) continue;
      void this.#disconnect('cut in the middle of a line');
      break;
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
    if (bytes.length > 0) this.#line?.write(Uint8Array.from(bytes));
  }

  #schedule(now: number): void {
    const times = [this.#in.nextDue, this.#out.nextDue, this.#controller.nextEvent()].filter(time => time !== null);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = times.length === 0 ? null : setTimeout(() => this.#tick(), Math.max(1, Math.min(...times) - now));
  }
}
