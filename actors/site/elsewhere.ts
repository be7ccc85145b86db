import { type EquipmentStatus, equipmentStatusSchema } from '../../statecharts/equipment/status.ts';
import type { Database } from '../storage/database.ts';
import { readLastStatus } from '../storage/journal.ts';
import type { Clock } from '../system/ports.ts';
import { type Heartbeat, heartbeatSchema } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import type { Messages } from '../transport/messages.ts';
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
  told: string;
  readonly stop: () => void;
}

/**
 * Equipment of other nodes, as far as it is really known: the last status counts only while the pulse of the node that wrote it goes on
 * and says that it still owns the equipment under the same epoch. Only what is asked for is listened to.
 */
export class Elsewhere {
  readonly #o: ElsewhereOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #pulses = new Map<string, { readonly heartbeat: Heartbeat; readonly at: number }>();
  readonly #unsubscribe: (() => void)[];
  #timer: { cancel(): void };

  constructor(options: ElsewhereOptions) {
    this.#o = options;
    const { messages, site, clock } = options;
    this.#unsubscribe = [
      listenJson(messages, subject(site, 'node', '*', 'heartbeat'), ({ body }) => this.#heard(body)),
      // What was said while we could not hear stands in the database.
      messages.onState(({ ok }) => {
        if (ok) for (const id of this.#watched.keys()) this.#read(id);
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
  }

  /** What is known now, or why nothing is. */
  view(id: string): EquipmentView {
    const status = this.#watched.get(id)?.status;
    if (!status) return { known: false, why: `nothing was heard of ${id} yet` };
    const pulse = this.#pulses.get(status.node);
    if (!pulse || this.#o.clock.monotonic() - pulse.at > silentAfterMs) return { known: false, why: `its node ${status.node} is silent` };
    const owned = pulse.heartbeat.owns.some(one => one.actor === status.actor && one.epoch === status.epoch);
    return owned ? viewOf(status) : { known: false, why: `its node ${status.node} does not own it any more` };
  }

  close(): void {
    this.#timer.cancel();
    for (const stop of this.#unsubscribe) stop();
    this.watch(new Set());
  }

  #begin(id: string): void {
    const { messages, site } = this.#o;
    const stop = listenJson(messages, subject(site, 'equipment', id, 'status'), ({ body }) => this.#take(id, body));
    this.#watched.set(id, { status: null, told: '', stop });
    this.#read(id);
  }

  /** The last status that was committed; an outage leaves what was there. */
  #read(id: string): void {
    readLastStatus(this.#o.db, `equipment/${id}`).then(
      status => this.#take(id, status),
      () => undefined,
    );
  }

  #take(id: string, body: unknown): void {
    const watched = this.#watched.get(id);
    const parsed = equipmentStatusSchema.safeParse(body);
    if (!watched || !parsed.success || parsed.data.actor !== `equipment/${id}`) return;
    const { status } = watched;
    const newer = !status || parsed.data.epoch > status.epoch || (parsed.data.epoch === status.epoch && parsed.data.seq >= status.seq);
    if (!newer) return;
    watched.status = parsed.data;
    this.#tell(id);
  }

  #heard(body: unknown): void {
    if (this.#watched.size === 0) return;
    const parsed = heartbeatSchema.safeParse(body);
    if (parsed.success) this.#pulses.set(parsed.data.node, { heartbeat: parsed.data, at: this.#o.clock.monotonic() });
    for (const [id, { status }] of this.#watched) if (parsed.success && status?.node === parsed.data.node) this.#tell(id);
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
