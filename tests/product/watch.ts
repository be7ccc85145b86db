import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Person } from './api.ts';
import { LiveClient } from './live.ts';
import { until } from './wait.ts';

/** ms; generous, since ten machines and a browser's worth of questions share a busy computer. */
export const patience = 120_000;

/** What machines say of themselves, as a page hears it: the newest status of each, and waiting for the next without asking. */
export class Watch {
  readonly #newest = new Map<string, EquipmentStatus>();
  readonly #waiting = new Set<() => void>();
  readonly #url: string;
  readonly #person: Person;
  readonly #topics: string[];
  #client: LiveClient | null = null;
  #heardAt = 0;
  #closed = false;

  static async open(url: string, person: Person, equipment: readonly string[]): Promise<Watch> {
    const watch = new Watch(url, person, equipment);
    await watch.#connect();
    return watch;
  }

  private constructor(url: string, person: Person, equipment: readonly string[]) {
    this.#url = url;
    this.#person = person;
    this.#topics = equipment.map(id => `equipment/${id}/status`);
  }

  /** Like a page it comes back when its socket was closed: whoever is too busy to read falls behind. */
  async #connect(): Promise<void> {
    const client = await LiveClient.open(this.#url, this.#person, frame => (frame.type === 'status' ? this.#take(frame.data) : undefined));
    this.#client = client;
    client.subscribe(this.#topics);
    void client.ended.then(() => this.#again());
  }

  async #again(): Promise<void> {
    if (this.#closed) return;
    await until('the live socket is open again', () => this.#closed || this.#connect().then(() => true), patience);
  }

  status(id: string): EquipmentStatus | undefined {
    return this.#newest.get(id);
  }

  /** The status of this machine as soon as it is so. */
  async until(id: string, what: string, wanted: (status: EquipmentStatus) => boolean, ms = patience): Promise<EquipmentStatus> {
    const end = performance.now() + ms;
    for (;;) {
      const status = this.#newest.get(id);
      if (status && wanted(status)) return status;
      if (performance.now() > end)
        throw new Error(`waited for: ${id}: ${what}; last seen: ${described(status)}; ${await this.#doubts(id)}`);
      await this.#next(end - performance.now());
    }
  }

  /** What tells a page that hears nothing from a machine that says nothing. */
  async #doubts(id: string): Promise<string> {
    const { status, body } = await this.#person.call('GET', `/equipment/${id}`);
    const closed = this.#client?.closed ?? null;
    const socket = closed === null ? 'open' : `closed with ${closed}`;
    const ago = Math.round(performance.now() - this.#heardAt);
    return `the socket is ${socket}, heard ${ago} ms ago; asked now: ${status} ${described(body as Partial<EquipmentStatus>)}`;
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  #take(status: EquipmentStatus): void {
    this.#heardAt = performance.now();
    this.#newest.set(status.actor.slice(status.actor.indexOf('/') + 1), status);
    for (const wake of [...this.#waiting]) wake();
  }

  #next(ms: number): Promise<void> {
    return new Promise(done => {
      const wake = () => {
        this.#waiting.delete(wake);
        clearTimeout(timer);
        done();
      };
      const timer = setTimeout(wake, Math.max(0, ms));
      this.#waiting.add(wake);
    });
  }
}

function described(status: Partial<EquipmentStatus> | undefined): string {
  if (!status) return 'nothing';
  const { value, alarms, reasons = [], epoch, seq, at } = status;
  return JSON.stringify([value, alarms, reasons.map(one => one.code), { epoch, seq, at }]);
}
