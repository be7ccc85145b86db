import { sessionsSchema } from '../transport/envelopes.ts';

/** What no gateway has said for so long, while messages came, is not so any more, ms. */
const forgottenAfterMs = 60_000;
/** A page that is loaded anew is away for a moment, ms. */
const graceMs = 10_000;

/** Whether a person has a live session. `unknown`: nothing has been said for a while, and not for long enough to mean something. */
export type Attending = 'here' | 'gone' | 'unknown';

interface Word {
  readonly people: ReadonlySet<string>;
  readonly at: number;
}

/**
 * Who has a live session at any gateway, as the gateways say it. A gateway that falls silent takes nobody with it at once, and while no
 * messages come nobody's time runs: only what a gateway said counts, or a long silence that could have been heard. All times are
 * monotonic ms.
 */
export class Attendance {
  readonly #words = new Map<string, Word>();
  /** When a gateway last took somebody out of its list. */
  readonly #left = new Map<string, number>();
  readonly #said = new Map<string, number>();
  readonly #began: number;
  /** Time during which nothing could be heard. */
  #deaf = 0;
  #deafSince: number | null;

  /** Messages are taken to be away until `listening` says otherwise. */
  constructor(now: number) {
    this.#began = now;
    this.#deafSince = now;
  }

  /** The connection came or went. */
  listening(ok: boolean, now: number): void {
    if (ok && this.#deafSince !== null) {
      this.#deaf += now - this.#deafSince;
      this.#deafSince = null;
    } else if (!ok) this.#deafSince ??= now;
  }

  /** What a gateway said; anything else is none of ours. */
  heard(body: unknown, now: number): void {
    const parsed = sessionsSchema.safeParse(body);
    if (!parsed.success) return;
    const at = this.#heardTime(now);
    const people = new Set(parsed.data.people);
    const before = this.#words.get(parsed.data.gateway)?.people ?? new Set<string>();
    for (const id of before) if (!people.has(id)) this.#left.set(id, at);
    for (const id of people) {
      this.#left.delete(id);
      this.#said.set(id, at);
    }
    this.#words.set(parsed.data.gateway, { people, at });
    for (const [gateway, word] of this.#words) if (at - word.at >= forgottenAfterMs) this.#words.delete(gateway);
  }

  of(person: string, now: number): Attending {
    const at = this.#heardTime(now);
    const standing = [...this.#words.values()].filter(word => at - word.at < forgottenAfterMs);
    if (standing.some(({ people }) => people.has(person))) return 'here';
    const left = this.#left.get(person);
    if (left !== undefined && at - left >= graceMs) return 'gone';
    return at - (this.#said.get(person) ?? this.#began) >= forgottenAfterMs ? 'gone' : 'unknown';
  }

  /** Monotonic time less the time in which nothing could be heard. */
  #heardTime(now: number): number {
    return now - this.#deaf - (this.#deafSince === null ? 0 : now - this.#deafSince);
  }
}
