import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** So many openings within the period are free; then only one in each pause. */
const free = 5;
const periodMs = 60_000;
const pauseMs = 5_000;

/**
 * How often a port may be opened: a process that dies over and over would otherwise open it once a second for ever, and boards restart at an
 * opening where the system raises DTR. The openings are kept in a file, so that those of dead processes count.
 */
export class OpeningBudget {
  readonly #file: string;
  readonly #now: () => number;

  /** `now` must go on over processes: ms since this computer started. */
  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  /** True when it may be opened now. */
  get allows(): boolean {
    const recent = this.#recent();
    return recent.length < free || this.#now() - Math.max(...recent) >= pauseMs;
  }

  /** It is opened now. Never throws: a disk that is full must not keep a machine from its hold byte. */
  spend(): void {
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const fresh = `${this.#file}.new`;
      writeFileSync(fresh, JSON.stringify([...this.#recent(), this.#now()]), { mode: 0o600 });
      renameSync(fresh, this.#file);
    } catch {
      // Nothing is counted then.
    }
  }

  #recent(): readonly number[] {
    const now = this.#now();
    return this.#read().filter(at => at <= now && now - at < periodMs);
  }

  /** A file that cannot be read, or was cut off, holds nothing; one of before the computer's last start holds times to come. */
  #read(): readonly number[] {
    try {
      const all: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return Array.isArray(all) ? all.filter(at => typeof at === 'number') : [];
    } catch {
      return [];
    }
  }
}
