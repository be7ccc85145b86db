import WebSocket from 'ws';
import type { ClientFrame, ServerFrame } from '../../gateway/contract/live.ts';
import type { Person } from './api.ts';
import { until } from './wait.ts';

/** A page's live socket: ticket, topics, and every frame it heard. */
export class LiveClient {
  readonly frames: ServerFrame[] = [];
  readonly #socket: WebSocket;
  closed: number | null = null;
  /** Resolves when the socket was closed, by whomever. */
  readonly ended: Promise<void>;

  private constructor(socket: WebSocket, heard: (frame: ServerFrame) => void) {
    this.#socket = socket;
    socket.on('message', data => {
      const frame = JSON.parse(String(data)) as ServerFrame;
      this.frames.push(frame);
      heard(frame);
    });
    this.ended = new Promise(done => {
      socket.on('close', code => {
        this.closed = code;
        done();
      });
    });
  }

  static async open(url: string, person: Person, heard: (frame: ServerFrame) => void = () => {}): Promise<LiveClient> {
    const answer = await person.call('POST', '/auth/ws-ticket', {});
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, ['wit.v1', String(answer.body.ticket)], { origin: url });
    const client = new LiveClient(socket, heard);
    await new Promise((done, fail) => {
      socket.once('open', done);
      socket.once('error', fail);
    });
    return client;
  }

  send(frame: ClientFrame | string): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  subscribe(topics: string[]): void {
    this.send({ type: 'subscribe', topics });
  }

  /** The newest frame of a type that satisfies `wanted`. */
  async heard<T extends ServerFrame['type']>(
    type: T,
    wanted: (frame: Extract<ServerFrame, { type: T }>) => boolean = () => true,
  ): Promise<Extract<ServerFrame, { type: T }>> {
    return until(`a frame ${type}`, () =>
      this.frames.filter((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type).findLast(wanted),
    );
  }

  close(): void {
    this.#socket.close();
  }
}
