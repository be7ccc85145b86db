import { stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import type { Sessions } from '../auth/sessions.ts';
import { type ClientFrame, clientFrame, type ServerFrame } from '../contract/live.ts';
import type { LiveSocket } from '../http/exchange.ts';
import type { Log } from '../http/log.ts';
import { isRefused } from '../http/problems.ts';
import type { Patience, SignedIn } from '../http/route.ts';
import { type Broadcast, encode } from './broadcast.ts';
import type { Doors } from './doors.ts';
import { Rate } from './rate.ts';
import { Subscriptions } from './slow-client.ts';

/** A client's frame may have so much; larger ones are refused in words, the socket stays. */
const frameLimitBytes = 65_536;
const framesPerSecond = 50;
/** A client that keeps flooding after being told is closed. */
const floodFrames = 2_000;

export interface LiveClientOptions {
  readonly sessions: Sessions;
  readonly broadcast: Broadcast;
  readonly doors: Doors;
  readonly known: (equipment: string) => boolean;
  readonly now: () => number;
  readonly mono: () => number;
  readonly log: Log;
}

/** One person at one live socket: parses each frame once, asks the doors, keeps the subscriptions. */
export class LiveClient {
  readonly subscriptions: Subscriptions;
  readonly #socket: LiveSocket<unknown>;
  readonly #options: LiveClientOptions;
  readonly #rate: Rate;
  #caller: SignedIn;
  #me = '';
  #flooded = 0;

  constructor(socket: LiveSocket<unknown>, caller: SignedIn, options: LiveClientOptions) {
    this.#socket = socket;
    this.#caller = caller;
    this.#options = options;
    this.#rate = new Rate(framesPerSecond, options.mono());
    this.subscriptions = new Subscriptions(socket, topic => options.broadcast.current(topic));
  }

  get sid(): string {
    return this.#caller.sid;
  }

  /** One frame of the client; whatever it is, the socket survives it. */
  heard(text: string): void {
    const json = Buffer.byteLength(text) > frameLimitBytes ? null : parseJson(text);
    const parsed = clientFrame.safeParse(json);
    // The stop key is never limited, so the rate is counted after knowing what it is.
    if (!(parsed.success && parsed.data.type === 'stop') && !this.#withinRate()) {
      if (parsed.success && parsed.data.type === 'command') this.#sendBusy(parsed.data.id);
      return;
    }
    if (parsed.success) this.#handle(parsed.data);
    else if (json === null) this.#notice('too-large', 'A frame may have at most 64 KiB.');
    else if (json === undefined) this.#notice('malformed-json', 'The frame is no JSON object.');
    else this.#refuseFrame(json, parsed.error.issues[0]);
  }

  /** Looks whether the session still counts (closes 4401 if not) and whether `me` changed. */
  recheck(): void {
    this.#run(async () => {
      const caller = await this.#confirm();
      if (caller && this.subscriptions.topics.has('me')) await this.#sendMe('changed');
    });
  }

  /** What goes wrong here is a bug: the client is told so and keeps its socket. */
  #run(work: () => Promise<void>): void {
    work().catch(error => {
      this.#options.log('error', 'a live frame failed', { cause: error });
      this.#notice('internal', 'Something broke here. The log has it.');
    });
  }

  async #confirm(patience: Patience = 'whole'): Promise<SignedIn | null> {
    const { id: sub, ...claims } = this.#caller;
    const caller = await this.#options.sessions.confirm({ sub, ...claims }, patience);
    if (this.#socket.closed) return null;
    if (isRefused(caller)) {
      this.#socket.end(4401, 'Log in again.');
      return null;
    }
    this.#caller = caller;
    return caller;
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(frame.topics);
        break;
      case 'unsubscribe':
        for (const topic of frame.topics) this.subscriptions.remove(topic);
        break;
      case 'command':
        this.#run(() => this.#command(frame));
        break;
      case 'grant':
        this.#options.doors.grant(this.#caller, frame);
        break;
      case 'stop':
        this.#options.doors.stop(this.#caller, frame, data => this.#send({ type: 'stop', data }));
        break;
      case 'ping':
        this.#send({ type: 'pong', n: frame.n, at: this.#options.now() });
        break;
    }
  }

  #subscribe(topics: readonly string[]): void {
    for (const topic of topics) {
      const id = /^equipment\/([a-z0-9-]+)\//.exec(topic)?.[1];
      if (id !== undefined && !this.#options.known(id)) this.#notice('unknown-equipment', `No equipment ${id} has been heard of.`);
      this.subscriptions.add(topic);
      if (topic === 'me') this.#run(() => this.#sendMe('always'));
      if (id !== undefined && topic.endsWith('/wire')) this.#options.doors.listen(id);
    }
  }

  async #command({ type: _, ...asked }: Extract<ClientFrame, { type: 'command' }>): Promise<void> {
    const caller = await this.#confirm(stopLikeCommands.includes(asked.command) ? 'short' : 'whole');
    if (!caller) return;
    const { outcome, seq, reasons } = await this.#options.doors.command(caller, asked);
    this.#send({ type: 'outcome', id: asked.id, outcome, seq, reasons });
  }

  async #sendMe(when: 'changed' | 'always'): Promise<void> {
    const data = await this.#options.sessions.me(this.#caller);
    const text = encode({ type: 'me', data });
    if (when === 'changed' && text === this.#me) return;
    this.#me = text;
    this.#socket.send(text);
  }

  /** A command that cannot be understood still gets its outcome, so that no button waits for ever. */
  #refuseFrame(json: unknown, issue: { path: PropertyKey[]; message: string } | undefined): void {
    const message = `${issue?.path.map(String).join('.') || 'frame'}: ${issue?.message ?? 'not valid'}`.slice(0, 200);
    const { type, id } = json as { type?: unknown; id?: unknown };
    if (type === 'command' && typeof id === 'string' && id.length <= 80) {
      this.#send({ type: 'outcome', id, outcome: 'refused', seq: 0, reasons: [{ code: 'invalid', message }] });
    } else this.#notice('invalid', message);
  }

  #withinRate(): boolean {
    if (this.#rate.take(this.#options.mono())) {
      this.#flooded = 0;
      return true;
    }
    this.#flooded += 1;
    if (this.#flooded === 1)
      this.#notice('too-many-requests', `At most ${framesPerSecond} frames per second are read; the rest is dropped.`);
    if (this.#flooded > floodFrames) this.#socket.end(1008, 'Too many frames.');
    return false;
  }

  /** Unread is not unanswered: no button waits for ever. */
  #sendBusy(id: string): void {
    const reasons = [{ code: 'too-many-requests', message: 'This page sends too much at once. Try again in a second.' }];
    this.#send({ type: 'outcome', id, outcome: 'busy', seq: 0, reasons });
  }

  #notice(code: string, message: string): void {
    this.#send({ type: 'notice', code, message });
  }

  #send(frame: ServerFrame): void {
    this.#socket.send(encode(frame));
  }
}

/** Undefined when it is no JSON object. */
function parseJson(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
