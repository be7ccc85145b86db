import type { Log } from '../system/ports.ts';
import type { NodeStatus } from '../transport/envelopes.ts';
import type { Damage } from '../transport/stream-integrity.ts';
import type { Mismatch } from '../transport/stream-position.ts';

type Finding = NodeStatus['selfTest'][number];

export interface FindingsOptions {
  readonly log: Log;
  /** Told the whole list at each change. */
  tell(findings: readonly Finding[]): void;
}

/** What this life of a node found off: by its self-test, and between journal and message store. */
export class Findings {
  readonly #o: FindingsOptions;
  readonly #missing = new Map<string, number>();
  readonly #strange = new Map<string, number>();
  #selfTest: readonly Finding[] = [];
  #damage: Damage | null = null;

  constructor(options: FindingsOptions) {
    this.#o = options;
  }

  selfTest(findings: readonly Finding[]): void {
    this.#selfTest = findings;
    this.#tell();
  }

  mismatch({ kind, actorId, events }: Mismatch): void {
    const known = kind === 'behind' ? this.#missing : this.#strange;
    known.set(actorId, (known.get(actorId) ?? 0) + events);
    this.#o.log(
      `${actorId}: EVENTS ${kind === 'behind' ? 'lacked' : 'has'} ${events} events that the journal ${kind === 'behind' ? 'has; they are filled in' : 'has not'}`,
    );
    this.#tell();
  }

  /** Null: the stream was read through and is whole. */
  damage(damage: Damage | null): void {
    const before = this.#damage;
    this.#damage = damage;
    if (damage) this.#o.log(damaged(damage));
    else if (before) this.#o.log('EVENTS is whole again');
    if (damage || before) this.#tell();
  }

  #tell(): void {
    const { tell } = this.#o;
    tell([
      ...this.#selfTest,
      ...(this.#damage ? [{ code: 'events-damaged', sentence: damaged(this.#damage) }] : []),
      ...(this.#missing.size > 0 ? [{ code: 'events-refilled', sentence: refilled(this.#missing) }] : []),
      ...(this.#strange.size > 0 ? [{ code: 'events-unknown', sentence: unknown(this.#strange) }] : []),
    ]);
  }
}

function damaged({ server, places, first }: Damage): string {
  return `Integrity check failed on message server ${server}: ${places} of its events cannot be read, the first at place ${first}. The journal has all of them: take the server out and let it begin with an empty store, which is filled from the journal.`;
}

function refilled(missing: ReadonlyMap<string, number>): string {
  return `The message store lacked ${count(missing)}: it was lost, or restored from an older copy. They were filled in from the journal.`;
}

function unknown(strange: ReadonlyMap<string, number>): string {
  return `The message store has ${count(strange)} that the journal does not have: was the database restored from an older copy?`;
}

function count(events: ReadonlyMap<string, number>): string {
  const all = [...events.values()].reduce((sum, one) => sum + one, 0);
  return `${all} events of ${[...events.keys()].slice(0, 5).join(', ')}${events.size > 5 ? ' and others' : ''}`;
}
