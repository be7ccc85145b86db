import type { Outcome } from '../transport/envelopes.ts';
import type { ChartEvent } from './chart.ts';
import type { Clock, Log, Random } from './ports.ts';

/** What one actor tells another, wherever that lives. */
export interface SentWord {
  /** The same in each try, so that it is taken once. */
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly event: ChartEvent;
}

export interface WordsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** One try. */
  attempt(word: SentWord): Promise<Outcome>;
  /** Keeps for a person what nobody took. Rejects when the database is away. */
  park(word: SentWord, reason: string): Promise<void>;
}

const retryMs = 1_000;
/** An actor whose node died is somebody else's long before. */
const patienceMs = 300_000;

/** Words on their way to other actors, those to one actor in order: each is tried until it is taken, or kept as a dead letter. */
export class Words {
  readonly #o: WordsOptions;
  readonly #last = new Map<string, Promise<void>>();
  readonly #endings = new Set<() => void>();
  #closed = false;

  constructor(options: WordsOptions) {
    this.#o = options;
  }

  /** Resolves when it was taken, or kept for a person. Never rejects. */
  send({ from, to, event }: Omit<SentWord, 'id'>): Promise<void> {
    const before = this.#last.get(to) ?? Promise.resolve();
    const sending = before.then(() => this.#send({ id: this.#o.random.uuid(), from, to, event }));
    this.#last.set(to, sending);
    void sending.then(() => this.#last.get(to) === sending && this.#last.delete(to));
    return sending;
  }

  /** One last try for each that is on its way; what nobody takes is kept. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const end of this.#endings) end();
    await Promise.all(this.#last.values());
  }

  async #send(first: SentWord): Promise<void> {
    const { clock, random } = this.#o;
    const until = clock.monotonic() + patienceMs;
    for (let word = first; ; ) {
      const outcome = await this.#attempt(word);
      const verdict = verdictOf(outcome);
      if (verdict === 'done') return;
      if (verdict === 'nobody') return this.#park(word, `there is no such ${word.to.split('/')[0]}`);
      if (this.#closed || clock.monotonic() >= until)
        return this.#park(word, `nobody took it: ${outcome.reasons[0]?.message ?? outcome.outcome}`);
      // Its append was voided: under this id it is answered so for ever.
      if (verdict === 'voided') word = { ...word, id: random.uuid() };
      await this.#pause();
    }
  }

  async #attempt(word: SentWord): Promise<Outcome> {
    try {
      return await this.#o.attempt(word);
    } catch (cause) {
      return { outcome: 'owner-silent', seq: 0, reasons: [{ code: 'owner-silent', message: textOf(cause) }] };
    }
  }

  async #park(word: SentWord, why: string): Promise<void> {
    try {
      await this.#o.park(word, `undeliverable: ${why}`);
    } catch (cause) {
      this.#o.log(`${word.to}: ${word.event.type} from ${word.from} is lost: ${why}, and it could not be kept (${textOf(cause)})`);
    }
  }

  #pause(): Promise<void> {
    return new Promise(done => {
      const end = () => {
        timer.cancel();
        this.#endings.delete(end);
        done();
      };
      const timer = this.#o.clock.setTimeout(end, retryMs);
      this.#endings.add(end);
    });
  }
}

/** `voided`: it was written down and taken back while the database was away. */
function verdictOf({ outcome, first }: Outcome): 'done' | 'nobody' | 'voided' | 'again' {
  if (outcome === 'accepted' || outcome === 'refused') return 'done';
  if (outcome === 'unknown-target') return 'nobody';
  if (outcome !== 'duplicate') return 'again';
  return first === 'accepted' ? 'done' : 'voided';
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
