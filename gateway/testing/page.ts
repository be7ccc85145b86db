import WebSocket from 'ws';
import { until } from '../../actors/testing/until.ts';
import type { ServerFrame } from '../contract/live.ts';
import { ask } from './workshop.ts';

/** A browser page's live socket: sends frames, keeps all it heard. */
export class Page {
  readonly frames: ServerFrame[] = [];
  readonly socket: WebSocket;
  closedWith: number | null = null;

  constructor(url: string, { ticket, origin }: { ticket: string; origin?: string }) {
    this.socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/live`, ['wit.v1', ticket], { origin: origin ?? url });
    this.socket.on('message', data => this.frames.push(JSON.parse(String(data)) as ServerFrame));
    this.socket.on('close', code => {
      this.closedWith = code;
    });
    this.socket.on('error', () => {
      this.closedWith ??= 0;
    });
  }

  /** Gets a ticket with an access token and waits for `hello`. */
  static async open(url: string, token: string): Promise<Page> {
    const got = await ask(url, '/auth/ws-ticket', { method: 'POST', token });
    const page = new Page(url, { ticket: got.body.ticket });
    await page.hears('hello');
    return page;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** The first frame of a type that fits, waiting for it. */
  async hears<T extends ServerFrame['type']>(
    type: T,
    fits: (frame: Extract<ServerFrame, { type: T }>) => boolean = () => true,
    withinMs = 5_000,
  ): Promise<Extract<ServerFrame, { type: T }>> {
    const found = () =>
      this.frames.find((frame): frame is Extract<ServerFrame, { type: T }> => frame.type === type && fits(frame as never));
    await until(`a frame ${type}; heard ${this.frames.map(frame => frame.type).join(' ')}`, () => found() !== undefined, withinMs);
    return found() as Extract<ServerFrame, { type: T }>;
  }

  close(): void {
    this.socket.terminate();
  }
}
