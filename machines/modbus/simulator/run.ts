import { createServer, type Server, type Socket } from 'node:net';
import { serveControl, type VerbAnswer } from '../../simulation/control.ts';
import { Client } from './client.ts';
import { type Verb, verbSchema } from './faults.ts';
import { type Pdu, Relay, refuse } from './relay.ts';
import { monotonic, WireLog } from './wire-log.ts';

export interface SimulatorOptions {
  /** 0: a free port of this computer. */
  readonly tcp: number;
  /** Wire log, appended to; null for none. */
  readonly log: string | null;
  /** Unix socket for verbs; null for none. */
  readonly control: string | null;
  readonly timeFactor: number;
  readonly name: string;
}

/** A simulated relay behind a real port. */
export interface RunningSimulator {
  /** The settings that lead a driver to it. */
  readonly link: { readonly host: string; readonly port: number };
  perform(verb: Verb): Promise<VerbAnswer>;
  close(): Promise<void>;
}

const host = '127.0.0.1';
/** A small relay takes no more clients at once. */
const clientLimit = 4;
/** A contact of a small power relay closes within about this, ms. */
const contactMs = 10;
/** By which a server without a gateway is meant (MODBUS Messaging on TCP/IP V1.0b, 4.4.2.4); another unit is not answered. */
const ownUnits = [0, 255];

/** Powers the relay up and makes its port; resolves when a driver may connect. */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const simulator = new Simulator(options);
  await simulator.listen();
  const taker = { schema: verbSchema, perform: (verb: Verb) => simulator.perform(verb) };
  const control = options.control === null ? null : await serveControl(options.control, taker);
  return {
    link: { host, port: simulator.port },
    perform: taker.perform,
    async close() {
      await simulator.close();
      if (control !== null) await new Promise<void>(done => control.close(() => done()));
    },
  };
}

type Damage = 'wrong_transaction' | 'wrong_unit' | 'partial';

class Simulator {
  readonly #log: WireLog;
  readonly #relay: Relay;
  readonly #clients = new Set<Client>();
  #port: number;
  #server: Server | null = null;
  #silent = false;
  #blackHole = false;
  #delay = 0;
  #exception: { readonly code: number; readonly function: number | null; left: number } | null = null;
  #damage: Record<Damage, number> = { wrong_transaction: 0, wrong_unit: 0, partial: 0 };
  #partialBytes = 0;
  #requests = 0;

  constructor({ tcp, log, name, timeFactor }: SimulatorOptions) {
    this.#port = tcp;
    this.#log = new WireLog(log);
    this.#relay = new Relay({ name, contactMs: contactMs / timeFactor });
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#blackHole = false;
    if (this.#server !== null) return;
    const server = createServer({ noDelay: true }, socket => this.#joined(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, host, resolve);
    });
    const address = server.address();
    // The same port again after it was away.
    if (typeof address === 'object' && address !== null) this.#port = address.port;
    this.#server = server;
    this.#log.note(`port ${host}:${this.#port}`);
  }

  async close(): Promise<void> {
    await this.#goAway();
    this.#log.close();
  }

  async perform(verb: Verb): Promise<VerbAnswer> {
    if (verb.verb === 'state') return { ok: true, ...this.#state() };
    this.#log.note(JSON.stringify(verb));
    await this.#act(verb);
    return { ok: true };
  }

  async #act(verb: Exclude<Verb, { verb: 'state' }>): Promise<void> {
    switch (verb.verb) {
      case 'dont_answer':
      case 'answer':
        this.#silent = verb.verb === 'dont_answer';
        return;
      case 'go_away':
        return this.#goAway();
      case 'black_hole':
        this.#blackHole = true;
        return;
      case 'restore':
        return this.listen();
      case 'exception':
        this.#exception = { code: verb.code, function: verb.function ?? null, left: verb.count };
        return;
      case 'wrong_transaction':
      case 'wrong_unit':
        this.#damage[verb.verb] = verb.count;
        return;
      case 'partial':
        this.#damage.partial = 1;
        this.#partialBytes = verb.bytes;
        return;
      case 'slow':
        this.#delay = verb.ms;
        return;
      default:
        return this.#actOnRelay(verb);
    }
  }

  async #actOnRelay(verb: Extract<Verb, { verb: 'stuck' | 'unstuck' | 'by_hand' | 'reset' | 'wrong_identity' }>): Promise<void> {
    switch (verb.verb) {
      case 'stuck':
      case 'unstuck':
        this.#relay.stuck = verb.verb === 'stuck';
        return;
      case 'by_hand':
        this.#relay.force(verb.on);
        return;
      case 'wrong_identity':
        this.#relay.name = verb.name;
        return;
      case 'reset':
        this.#relay.powerCycle();
        await this.#goAway();
        return this.listen();
    }
  }

  #state(): Record<string, unknown> {
    const contacts = this.#relay.contacts(monotonic());
    const [on] = contacts;
    return { on, contacts, energised: on, moving: false, clients: this.#clients.size, requests: this.#requests };
  }

  async #goAway(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise<void>(done => server.close(() => done()));
    for (const client of this.#clients) client.cut();
    await closed;
    this.#log.note('away');
  }

  #joined(socket: Socket): void {
    if (this.#clients.size >= clientLimit || this.#server === null) {
      this.#log.note('refused a client');
      socket.on('error', () => undefined);
      socket.resetAndDestroy();
      return;
    }
    const client = new Client(socket, {
      request: frame => this.#request(frame, client),
      left: (rest, why) => {
        this.#clients.delete(client);
        this.#log.cut(rest, client.peer);
        this.#log.note(`disconnected ${host}:${client.peer}: ${why}`);
      },
    });
    this.#clients.add(client);
    this.#log.note(`connected ${host}:${client.peer}`);
  }

  #request(frame: Buffer, client: Client): void {
    if (this.#blackHole) return;
    this.#log.frame('in', frame, client.peer);
    this.#requests += 1;
    if (!ownUnits.includes(frame.readUInt8(6))) return;
    const pdu = frame.subarray(7);
    const answer = this.#refusal(pdu[0] ?? 0) ?? this.#relay.answer(pdu, monotonic());
    if (this.#silent) return;
    const bytes = this.#damaged(Buffer.from([...frame.subarray(0, 4), 0, answer.length + 1, frame.readUInt8(6), ...answer]));
    if (this.#delay === 0) this.#send(bytes, client);
    else setTimeout(() => this.#send(bytes, client), this.#delay);
  }

  #refusal(code: number): Pdu | null {
    const order = this.#exception;
    if (order === null || order.left === 0 || (order.function !== null && order.function !== code)) return null;
    order.left -= 1;
    return refuse(code, order.code);
  }

  #damaged(answer: Buffer): Buffer {
    if (this.#use('wrong_transaction')) answer.writeUInt16BE((answer.readUInt16BE(0) + 0x5a5a) & 0xffff, 0);
    if (this.#use('wrong_unit')) answer.writeUInt8(answer.readUInt8(6) ^ 0x0f, 6);
    return this.#use('partial') ? answer.subarray(0, this.#partialBytes) : answer;
  }

  #use(damage: Damage): boolean {
    if (this.#damage[damage] === 0) return false;
    this.#damage[damage] -= 1;
    return true;
  }

  #send(bytes: Uint8Array, client: Client): void {
    if (this.#blackHole || !this.#clients.has(client)) return;
    this.#log.frame('out', bytes, client.peer);
    client.write(bytes);
  }
}
