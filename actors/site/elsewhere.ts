import { type EquipmentStatus, equipmentStatusSchema } from '../../statecharts/equipment/status.ts';
import type { Database } from '../storage/database.ts';
import { readLastStatuses } from '../storage/journal.ts';
import type { Clock } from '../system/ports.ts';
import { CatchUp } from '../transport/catch-up.ts';
import { type Heartbeat, heartbeatSchema } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import { keptStatus } from '../transport/last-statuses.ts';
import type { Messages } from '../transport/messages.ts';
import { type OwnedActor, ownedActors } from '../transport/owned-actors.ts';
import { subject } from '../transport/subjects.ts';
import { type EquipmentView, viewOf } from './equipment-view.ts';

/** A node that was silent for longer is no witness of its equipment any more, ms. */
const silentAfterMs = 3_000;
const lookEveryMs = 1_000;

export interface ElsewhereOptions {
  readonly db: Database;
  readonly messages: Messages;
  readonly site: string;
  readonly clock: Clock;
  /** The view of this equipment may be another one now. */
  changed(equipment: string): void;
}

interface Watched {
  status: EquipmentStatus | null;
  /** When a pulse last said that nothing newer than this status was said, monotonic ms. */
  newestAt: number;
  /** What stands in the database has yet to be looked at. */
  unread: boolean;
  told: string;
  readonly stop: () => void;
}

interface Pulse extends Pick<Heartbeat, 'boot' | 'monotonicMs'> {
  readonly owned: ReadonlyMap<string, OwnedActor>;
  /** When it was heard, monotonic ms. */
  readonly at: number;
}

/**
 * Equipment of other nodes, as far as it is really known: the last status counts only while the pulse of the node that wrote it goes on
 * and says that it still owns the equipment under the same epoch, and that nothing newer was said of it. A split of the message servers
 * that is over leaves a status behind that nobody says again. Such a pulse refreshes nothing: what counts was the newest at most
 * `silentAfterMs` ago, as if the node were silent. So nothing flickers while a status that was missed is read, nor would it if a pulse
 * came before the status that it tells of. Only what is asked for is listened to.
 */
export class Elsewhere {
  readonly #o: ElsewhereOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #pulses = new Map<string, Pulse>();
  readonly #catchUp: CatchUp;
  readonly #unsubscribe: (() => void)[];
  #timer: { cancel(): void };

  constructor(options: ElsewhereOptions) {
    this.#o = options;
    const read = (ids: readonly string[]) => this.#read(ids);
    this.#catchUp = new CatchUp({ clock: options.clock, read, isBehind: id => this.#isBehind(id) });
    const { messages, site, clock } = options;
    this.#unsubscribe = [
      listenJson(messages, subject(site, 'node', '*', 'heartbeat'), ({ body }) => this.#heard(body)),
      // What was said while we could not hear stands in the database.
      messages.onState(({ ok }) => {
        if (ok) this.#readAll();
      }),
    ];
    this.#timer = clock.setTimeout(() => this.#look(), lookEveryMs);
  }

  /** Listens to these and to nothing else. */
  watch(ids: ReadonlySet<string>): void {
    for (const [id, { stop }] of this.#watched) {
      if (ids.has(id)) continue;
      stop();
      this.#watched.delete(id);
    }
    for (const id of ids) if (!this.#watched.has(id)) this.#begin(id);
    this.#catchUp.want([...ids]);
  }

  /** What is known now, or why nothing is. */
  view(id: string): EquipmentView {
    const watched = this.#watched.get(id);
    const status = watched?.status;
    if (!status) return { known: false, why: `nothing was heard of ${id} yet` };
    const pulse = this.#pulses.get(status.node);
    if (!pulse || this.#isPast(pulse.at)) return { known: false, why: `its node ${status.node} is silent` };
    const owned = pulse.owned.get(status.actor);
    if (owned?.epoch !== status.epoch) return { known: false, why: `its node ${status.node} does not own it any more` };
    if (owned.seq > status.seq && this.#isPast(watched.newestAt))
      return { known: false, why: `what its node ${status.node} last said of it has not arrived here` };
    return viewOf(status);
  }

  close(): void {
    this.#timer.cancel();
    this.#catchUp.close();
    for (const stop of this.#unsubscribe) stop();
    this.watch(new Set());
  }

  #begin(id: string): void {
    const { messages, site } = this.#o;
    const stop = listenJson(messages, subject(site, 'equipment', id, 'status'), ({ body }) => this.#take(id, body));
    this.#watched.set(id, { status: null, newestAt: Number.NEGATIVE_INFINITY, unread: true, told: '', stop });
  }

  #readAll(): void {
    for (const watched of this.#watched.values()) watched.unread = true;
    this.#catchUp.want([...this.#watched.keys()]);
  }

  /** The last status that was committed; an outage leaves what was there. */
  async #read(ids: readonly string[]): Promise<void> {
    const { db, messages, site } = this.#o;
    const read = readLastStatuses(
      db,
      ids.map(id => `equipment/${id}`),
    );
    await read.then(
      statuses => this.#takeRead(ids, statuses),
      () => undefined,
    );
    // A turn that the database did not take in time was said with its place in the local file, and that status stands in the stream alone.
    const { connection } = messages;
    if (connection === null) return;
    const missed = ids.filter(id => this.#isMissed(id));
    await Promise.all(missed.map(async id => this.#take(id, await keptStatus(connection, site, id))));
  }

  #takeRead(ids: readonly string[], statuses: readonly unknown[]): void {
    for (const id of ids) {
      const watched = this.#watched.get(id);
      if (watched) watched.unread = false;
    }
    for (const body of statuses) {
      const status = equipmentStatusSchema.safeParse(body);
      if (status.success) this.#take(status.data.actor.replace(/^equipment\//, ''), status.data);
    }
  }

  #isBehind(id: string): boolean {
    return (this.#watched.get(id)?.unread ?? false) || this.#isMissed(id);
  }

  /** Somebody who speaks now has said something of it that is newer than what is held. */
  #isMissed(id: string): boolean {
    const watched = this.#watched.get(id);
    if (!watched) return false;
    const { epoch, seq } = watched.status ?? { epoch: 0, seq: 0 };
    return [...this.#pulses.values()].some(pulse => {
      const owned = pulse.owned.get(`equipment/${id}`);
      if (!owned || owned.seq === 0 || this.#isPast(pulse.at)) return false;
      return owned.epoch > epoch || (owned.epoch === epoch && owned.seq > seq);
    });
  }

  #isPast(at: number): boolean {
    return this.#o.clock.monotonic() - at > silentAfterMs;
  }

  #take(id: string, body: unknown): void {
    const watched = this.#watched.get(id);
    const parsed = equipmentStatusSchema.safeParse(body);
    if (!watched || !parsed.success || parsed.data.actor !== `equipment/${id}`) return;
    const { status } = watched;
    if (status && isOlder(parsed.data, status)) return;
    if (parsed.data.epoch !== status?.epoch) watched.newestAt = Number.NEGATIVE_INFINITY;
    watched.status = parsed.data;
    this.#confirm(watched);
    this.#tell(id);
  }

  #heard(body: unknown): void {
    if (this.#watched.size === 0) return;
    const parsed = heartbeatSchema.safeParse(body);
    if (!parsed.success) return;
    const { node, boot, monotonicMs } = parsed.data;
    const before = this.#pulses.get(node);
    // A server that hung delivers what was said through it after what was said since through another one.
    if (before?.boot === boot && before.monotonicMs > monotonicMs) return;
    const owned = new Map(ownedActors(parsed.data).map(one => [one.actor, one]));
    this.#pulses.set(node, { boot, monotonicMs, owned, at: this.#o.clock.monotonic() });
    for (const [id, watched] of this.#watched) {
      if (watched.status?.node !== node) continue;
      this.#confirm(watched);
      this.#tell(id);
    }
    this.#catchUp.want([...this.#watched.keys()].filter(id => this.#isMissed(id)));
  }

  #confirm(watched: Watched): void {
    const { status } = watched;
    const pulse = status ? this.#pulses.get(status.node) : undefined;
    const owned = status ? pulse?.owned.get(status.actor) : undefined;
    if (status && pulse && owned?.epoch === status.epoch && owned.seq <= status.seq) watched.newestAt = pulse.at;
  }

  #look(): void {
    for (const id of this.#watched.keys()) this.#tell(id);
    this.#timer = this.#o.clock.setTimeout(() => this.#look(), lookEveryMs);
  }

  #tell(id: string): void {
    const watched = this.#watched.get(id);
    const now = JSON.stringify(this.view(id));
    if (!watched || watched.told === now) return;
    watched.told = now;
    this.#o.changed(id);
  }
}

/** By epoch, then by seq, then by time: turns that could be kept nowhere share a seq. */
function isOlder(one: EquipmentStatus, other: EquipmentStatus): boolean {
  return one.epoch < other.epoch || (one.epoch === other.epoch && (one.seq - other.seq || one.at - other.at) < 0);
}
