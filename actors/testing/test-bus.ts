import type { Msg, NatsConnection } from 'nats';
import { encodeJson, type MessageHandler, type Messages, type MessagesState } from '../transport/messages.ts';

/** Messages that the test itself brings. */
export class TestBus implements Messages {
  state: MessagesState = { ok: false, since: 0 };
  connection: NatsConnection | null = null;
  readonly published: { readonly subject: string; readonly data: unknown }[] = [];
  readonly #handlers = new Map<symbol, { readonly pattern: RegExp; readonly handler: MessageHandler }>();
  readonly #listeners = new Set<(state: MessagesState) => void>();

  deliver(subject: string, body: unknown): void {
    const message = { subject, data: encodeJson(body), respond: () => false } as unknown as Msg;
    for (const { pattern, handler } of [...this.#handlers.values()]) if (pattern.test(subject)) handler(message);
  }

  /** A stream has this as the last word under every subject. */
  keep(body: unknown): void {
    const streams = { getMessage: async () => ({ data: encodeJson(body) }) };
    this.connection = { jetstreamManager: async () => ({ streams }) } as unknown as NatsConnection;
  }

  become(ok: boolean): void {
    this.state = { ok, since: 0 };
    for (const listener of this.#listeners) listener(this.state);
  }

  publish(subject: string, data: unknown): boolean {
    this.published.push({ subject, data });
    return this.state.ok;
  }

  subscribe(subject: string, handler: MessageHandler): () => void {
    const key = Symbol(subject);
    const pattern = new RegExp(`^${subject.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`);
    this.#handlers.set(key, { pattern, handler });
    return () => this.#handlers.delete(key);
  }

  onState(listener: (state: MessagesState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {}
}
