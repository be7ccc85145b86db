import type { NodeServices } from '../equipment/node-services.ts';
import { isAway } from '../storage/database.ts';
import { parkMessage } from '../storage/dead-letters.ts';
import { plainJson } from '../storage/journal-entry.ts';
import type { ChartEvent } from '../system/chart.ts';
import { openLetterDesk } from '../system/letter-desk.ts';
import { unavailable } from '../system/turn-answers.ts';
import { type SentWord, Words } from '../system/words.ts';
import { askActor } from '../transport/ask-actor.ts';
import { type Outcome, type Word, wordSchema } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import { subject } from '../transport/subjects.ts';
import type { EndedJobs } from './ended-jobs.ts';
import type { AddressedMessage, JobHost } from './job-host.ts';

/** Who of this node's jobs takes what comes by address. */
export interface Recipients {
  readonly ended: EndedJobs;
  /** In memory beside its equipment, or on its way. */
  has(job: string): boolean;
  /** A job in memory beside its equipment. */
  beside(job: string): Promise<JobHost | null>;
  /** One that lives beside equipment of this node, brought into memory. Rejects when the database is away. */
  wake(job: string): Promise<JobHost | 'nobody' | 'elsewhere'>;
}

const answerWithinMs = 2_000;

/**
 * The addresses of jobs, `job/<id>`: whoever writes to one need not know where it lives. Every node hears what is meant for any job; the
 * one that has it in memory answers, else the one that has its shard. Nobody else does.
 */
export class JobMail {
  readonly #services: NodeServices;
  readonly #to: Recipients;
  readonly #words: Words;
  readonly #stops: readonly (() => void)[];

  constructor(services: NodeServices, recipients: Recipients) {
    const { messages, site } = services;
    this.#services = services;
    this.#to = recipients;
    this.#words = new Words({ ...services, attempt: word => this.#attempt(word), park: (word, reason) => this.#park(word, reason) });
    const serves = (job: string) => recipients.has(job) || recipients.ended.serves(job);
    this.#stops = [
      openLetterDesk({ ...services, kind: 'job', id: '*', serves, post: (message, job) => void this.#receive(job, message) }),
      listenJson(messages, subject(site, 'job', '*', 'word'), ({ body, id, reply }) => {
        const word = wordSchema.safeParse(body);
        if (word.success && serves(id)) void this.#receive(id, asMessage(word.data, reply));
      }),
    ];
  }

  /** Word to a job that is not in memory here. */
  send(job: string, event: ChartEvent): void {
    const from = typeof event.equipment === 'string' ? `equipment/${event.equipment}` : `node/${this.#services.nodeId}`;
    void this.#words.send({ from, to: `job/${job}`, event });
  }

  close(): Promise<void> {
    for (const stop of this.#stops) stop();
    return this.#words.close();
  }

  async #attempt({ id, from, to, event }: SentWord): Promise<Outcome> {
    const job = to.slice('job/'.length);
    const host = (await this.#to.beside(job)) ?? (await this.#to.wake(job));
    if (host === 'nobody') return noSuchJob(job);
    const word = { id, from, event };
    if (host !== 'elsewhere') return new Promise(reply => host.post(asMessage(word, reply)));
    // Here it needs no message server.
    if (this.#to.ended.serves(job)) return this.#askEnded(job, word);
    const { messages, site } = this.#services;
    return askActor(messages, subject(site, 'job', job, 'word'), { body: word, timeoutMs: answerWithinMs });
  }

  #askEnded(job: string, word: Word): Promise<Outcome> {
    return new Promise((reply, failed) => {
      const found = this.#to.ended.deliver(job, asMessage(word, reply));
      const nobody = { nobody: noSuchJob(job), history, elsewhere: restsElsewhere };
      found.then(how => (how === 'used' ? undefined : reply(nobody[how])), failed);
    });
  }

  /** Answers only for jobs that are this node's; silence leaves it to whoever has them. */
  async #receive(job: string, message: AddressedMessage): Promise<void> {
    const { watch, log } = this.#services;
    try {
      const host = await this.#to.beside(job);
      if (host) return host.post(message);
      const found = await this.#to.ended.deliver(job, message);
      if (found === 'nobody') message.reply(noSuchJob(job));
      if (found === 'history') message.reply(history);
    } catch (cause) {
      if (!isAway(cause)) return log(`job/${job}: ${message.kind} was not taken: ${String(cause)}`);
      watch.reportTrouble(cause);
      message.reply(unavailable(watch.state.cause));
    }
  }

  #park({ to, event }: SentWord, reason: string): Promise<void> {
    const message = plainJson({ source: 'job', event });
    return parkMessage(this.#services.db, { actorId: to, at: this.#services.clock.now(), reason, message });
  }
}

function asMessage({ id, from, event }: Word, reply: (outcome: Outcome) => void): AddressedMessage {
  return { kind: 'tell', id, from, source: 'job', event, reply };
}

const restsElsewhere: Outcome = {
  outcome: 'owner-silent',
  seq: 0,
  reasons: [{ code: 'owner-silent', message: 'Another node still has it in memory.' }],
};

const history: Outcome = {
  outcome: 'refused',
  seq: 0,
  reasons: [
    {
      code: 'closed',
      message: 'The job ended, and was archived or ended under a chart that this release does not know: its result stands.',
    },
  ],
};

function noSuchJob(job: string): Outcome {
  return { outcome: 'unknown-target', seq: 0, reasons: [{ code: 'unknown-job', message: `There is no job ${job}.` }] };
}
