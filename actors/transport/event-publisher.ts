import { setTimeout as wait } from 'node:timers/promises';
import type { JetStreamClient } from 'nats';
import type { Database } from '../storage/database.ts';
import { readEvents } from '../storage/journal.ts';
import type { JournalEntry } from '../storage/journal-entry.ts';
import { toCloudEvent } from './cloud-event.ts';
import { cloudEventSchema } from './envelopes.ts';
import { encodeJson, type Messages } from './messages.ts';
import { type Mismatch, newestInStream, placeToGoOn } from './stream-position.ts';
import { ensureStreams, isNoMessage } from './streams.ts';
import type { StreamsWatch } from './streams-watch.ts';
import { type ActorKind, subject } from './subjects.ts';

export interface EventPublisherOptions {
  readonly db: Database;
  readonly messages: Messages;
  readonly streams: StreamsWatch;
  /** On so many servers of a cluster each stream is kept. */
  readonly replicas: number;
  readonly site: string;
  /** Told what stream and journal disagree about. */
  mismatch(found: Mismatch): void;
}

/** One actor's way into the stream: how far it is published, and the newest entries in case they follow directly. */
interface Lane {
  readonly kind: ActorKind;
  readonly id: string;
  published: number;
  /** It was looked how far the stream really is. */
  aligned: boolean;
  saved: number;
  head: number;
  recent: JournalEntry[];
  /** About the next event: how often the servers called it known without having it, and how often it was given a new message id for that. */
  doubts: number;
  again: number;
  /** The copying under way. */
  work: Promise<void> | null;
}

const recentLimit = 100;
const retryMs = 1_000;
const partingMs = 500;
/** An event may be kept late by servers that had lost touch; they elect a leader within 8 s. */
const doubtLimit = 10;

/**
 * Copies the journal into the stream EVENTS, in order, each once (message id `actor:seq`). It never holds a turn: what cannot go
 * out now is read from the journal again when NATS is back, from the position in table `projection`.
 */
export class EventPublisher {
  readonly #o: EventPublisherOptions;
  readonly #lanes = new Map<string, Lane>();
  #stream: JetStreamClient | null = null;
  #closed = false;

  constructor(options: EventPublisherOptions) {
    this.#o = options;
    options.messages.onState(state => {
      this.#stream = null;
      if (state.ok) void this.#prepare();
    });
    // A store that kept nothing for a while may also have lost what it had confirmed.
    options.streams.subscribe(({ ok }) => {
      for (const lane of this.#lanes.values()) lane.aligned &&= ok;
    });
  }

  /** Takes up an actor where its last owner left off; throws when the database is away. */
  async open(kind: ActorKind, id: string, head: number): Promise<void> {
    const row = await this.#o.db
      .selectFrom('projection')
      .select('position')
      .where('name', '=', nameOf(`${kind}/${id}`))
      .executeTakeFirst();
    const published = Number(row?.position?.seq ?? 0);
    const lane = { kind, id, published, aligned: false, saved: published, head, recent: [], doubts: 0, again: 0, work: null };
    this.#lanes.set(`${kind}/${id}`, lane);
    this.#pump(lane);
  }

  /** The journal grew to `head`; `entry` is the newest when it is at hand. */
  notify(actorId: string, head: number, entry: JournalEntry | null): void {
    const lane = this.#lanes.get(actorId);
    if (!lane) return;
    lane.head = Math.max(lane.head, head);
    if (entry) lane.recent.push(entry);
    if (lane.recent.length > recentLimit) lane.recent.shift();
    this.#pump(lane);
  }

  /** Forgets an actor that ended, after its last events went out or half a second of trying. */
  async drop(actorId: string): Promise<void> {
    const lane = this.#lanes.get(actorId);
    if (!lane) return;
    await Promise.race([lane.work, wait(partingMs, undefined, { ref: false })]);
    this.#lanes.delete(actorId);
    await this.#save(lane);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const lane of this.#lanes.values()) await this.#save(lane);
  }

  async #prepare(): Promise<void> {
    const { connection } = this.#o.messages;
    if (!connection || this.#closed) return;
    try {
      await ensureStreams(connection, this.#o.replicas);
      this.#stream = connection.jetstream({ timeout: 3_000 });
      for (const lane of this.#lanes.values()) this.#pump(lane);
    } catch (cause) {
      this.#o.streams.published(cause);
      this.#later(() => void this.#prepare());
    }
  }

  #pump(lane: Lane): void {
    lane.work ??= this.#copy(lane).then(done => {
      lane.work = null;
      if (!done) this.#later(() => this.#pump(lane));
      else if (this.#stream && !this.#closed && lane.published < lane.head) this.#pump(lane);
    });
  }

  /** False when either side is away; both are watched, and the journal keeps what is missing. */
  async #copy(lane: Lane): Promise<boolean> {
    try {
      if (this.#stream && !lane.aligned) await this.#align(lane);
      while (this.#stream && !this.#closed && lane.published < lane.head) {
        const entry = await this.#next(lane);
        if (!entry) return false;
        await this.#publish(this.#stream, lane, entry);
      }
      await this.#saveNowAndThen(lane);
      return true;
    } catch {
      return false;
    }
  }

  /** The stream has the word, not our memory of it: it may be new, or an older copy. */
  async #align(lane: Lane): Promise<void> {
    const { db, messages, site, mismatch } = this.#o;
    if (!messages.connection) return;
    const newest = await newestInStream(messages.connection, `${subject(site, lane.kind, lane.id, 'event')}.>`);
    const found = await placeToGoOn(db, { actorId: `${lane.kind}/${lane.id}`, published: lane.published, head: lane.head }, newest);
    [lane.published, lane.aligned] = [found.after, true];
    if (found.mismatch) mismatch(found.mismatch);
  }

  async #publish(stream: JetStreamClient, lane: Lane, entry: JournalEntry): Promise<void> {
    const event = toCloudEvent(entry, this.#o.site);
    const msgID = lane.again === 0 ? event.id : `${event.id}/${lane.again}`;
    try {
      const to = subject(this.#o.site, lane.kind, lane.id, 'event', entry.type);
      const { duplicate, seq } = await stream.publish(to, encodeJson(event), { msgID });
      if (duplicate) await this.#prove(lane, event.id, seq);
    } catch (cause) {
      this.#o.streams.published(cause);
      throw cause;
    }
    this.#o.streams.published(null);
    [lane.published, lane.doubts, lane.again] = [entry.seq, 0, 0];
  }

  /**
   * A server remembers a message id when it hears of the message, not when a majority keeps it: after a split it calls known what nobody
   * has. Throws unless the event is there; when its place is taken by another, or stays empty, it goes out under another message id.
   */
  async #prove(lane: Lane, id: string, seq: number): Promise<void> {
    const standing = await this.#idAt(seq);
    if (standing === id) return;
    lane.doubts += 1;
    if (standing !== null || lane.doubts > doubtLimit) [lane.again, lane.doubts] = [lane.again + 1, 0];
    throw new Error('they call an event known that they do not have');
  }

  /** Which event stands at a place of the stream; null: none yet. */
  async #idAt(seq: number): Promise<string | null> {
    const manager = await this.#o.messages.connection?.jetstreamManager({ timeout: 2_000, checkAPI: false });
    const found = await manager?.streams.getMessage('EVENTS', { seq }).catch(cause => {
      if (isNoMessage(cause)) return null;
      throw cause;
    });
    return found ? cloudEventSchema.parse(found.json()).id : null;
  }

  async #next(lane: Lane): Promise<JournalEntry | undefined> {
    while (lane.recent[0] && lane.recent[0].seq <= lane.published) lane.recent.shift();
    if (lane.recent[0]?.seq === lane.published + 1) return lane.recent.shift();
    lane.recent = await readEvents(this.#o.db, `${lane.kind}/${lane.id}`, { after: lane.published, limit: recentLimit });
    return lane.recent.shift();
  }

  /** The position may lag: a repeat has the same message id. */
  async #saveNowAndThen(lane: Lane): Promise<void> {
    if (lane.published - lane.saved >= recentLimit) await this.#save(lane);
  }

  async #save(lane: Lane): Promise<void> {
    if (lane.published === lane.saved) return;
    const position = JSON.stringify({ seq: lane.published });
    try {
      await this.#o.db
        .insertInto('projection')
        .values({ name: nameOf(`${lane.kind}/${lane.id}`), position })
        .onConflict(conflict => conflict.column('name').doUpdateSet({ position }))
        .execute();
      lane.saved = lane.published;
    } catch {
      // Saved with a later event.
    }
  }

  #later(run: () => void): void {
    if (!this.#closed) setTimeout(run, retryMs).unref();
  }
}

function nameOf(actorId: string): string {
  return `events:${actorId}`;
}
