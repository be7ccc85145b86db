import type { Station } from './station.ts';
import type { Family } from './workshop.ts';

/** The machines of a workshop, each in one situation at a time. */
export class Pool {
  readonly #free: Station[];
  readonly #waiting: { readonly family: Family; readonly take: (station: Station) => void }[] = [];

  constructor(stations: readonly Station[]) {
    this.#free = [...stations];
  }

  /** With the next machine of this family that is free. */
  async use<T>(family: Family, work: (station: Station) => Promise<T>): Promise<T> {
    const station = await this.#take(family);
    try {
      return await work(station);
    } finally {
      this.#give(station);
    }
  }

  #take(family: Family): Promise<Station> {
    const at = this.#free.findIndex(one => one.family === family);
    const [station] = at < 0 ? [] : this.#free.splice(at, 1);
    return station ? Promise.resolve(station) : new Promise(take => this.#waiting.push({ family, take }));
  }

  #give(station: Station): void {
    const at = this.#waiting.findIndex(one => one.family === station.family);
    const [next] = at < 0 ? [] : this.#waiting.splice(at, 1);
    if (next) next.take(station);
    else this.#free.push(station);
  }
}
