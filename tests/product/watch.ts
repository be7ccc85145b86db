import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Person } from './api.ts';
import { LiveClient } from './live.ts';

/** ms; generous, since ten machines and a browser's worth of questions share a busy computer. */
export const patience = 120_000;

/** What machines say of themselves, as a page hears it: the newest status of each, and waiting for the next without asking. */
export class Watch {
  readonly #newest = new Map<string, EquipmentStatus>();
  readonly #waiting = new Set<() => void>();
  readonly #client: LiveClient;
  readonly #person: Person;
  #heardAt = 0;

  static async open(url: string, person: Person, equipment: readonly string[]): Promise<Watch> {
    const heard: EquipmentStatus[] = [];
    let take = (status: EquipmentStatus): void => void heard.push(status);
    const client = await LiveClient.open(url, person, frame => (frame.type === 'status' ? take(frame.data) : undefined));
    client.subscribe(equipment.map(id => `equipment/${id}/status`));
    const watch = new Watch(client, person);
    take = status => watch.#take(status);
    for (const status of heard) watch.#take(status);
    return watch;
  }

  private constructor(client: LiveClient, person: Person) {
    this.#client = client;
    this.#person = person;
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
    const socket = this.#client.closed === null ? 'open' : `closed with ${this.#client.closed}`;
    const ago = Math.round(performance.now() - this.#heardAt);
    return `the socket is ${socket}, heard ${ago} ms ago; asked now: ${status} ${described(body as Partial<EquipmentStatus>)}`;
  }

  close(): void {
    this.#client.close();
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
