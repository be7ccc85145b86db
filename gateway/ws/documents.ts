import type { EquipmentStatus, Summary, Telemetry } from '../../statecharts/equipment/status.ts';
import type { JobStatus } from '../../statecharts/job/status.ts';
import { type Nodes, truthAt } from './nodes.ts';
import { type OwnersWord, statusNow, summaryNow, summaryOf, worse } from './truth.ts';

/** Older jobs are asked for by REST; a live page needs the newest. */
const jobLimit = 200;

/** Times now, passed in. */
export interface Moment {
  /** ms since 1970 */
  readonly at: number;
  /** monotonic ms */
  readonly mono: number;
}

/** The latest document of each actor as heard, and as it may be shown now. */
export class Documents {
  readonly #nodes: Nodes;
  readonly #statuses = new Map<string, EquipmentStatus>();
  readonly #summaries = new Map<string, Summary>();
  readonly #telemetry = new Map<string, Telemetry>();
  readonly #jobs = new Map<string, JobStatus>();
  /** When somebody last spoke for an equipment as its owner of this epoch, and of what status. */
  readonly #spoken = new Map<string, OwnersClaim & { readonly mono: number }>();
  /** When the owner last said that nothing is newer than the status that is held. */
  readonly #newest = new Map<string, { readonly epoch: number; readonly mono: number }>();

  constructor(nodes: Nodes) {
    this.#nodes = nodes;
  }

  /** Keeps a status unless a newer one is known; false when it was older or the same. */
  putStatus(id: string, status: EquipmentStatus): boolean {
    if (!isNewer(status, this.#statuses.get(id))) return false;
    this.#statuses.set(id, status);
    this.#confirm(id);
    return true;
  }

  /**
   * The owner of this epoch speaks for the equipment, monotonic ms: by a status that comes from it now, or by a pulse that names it. What only
   * stands in a store is nobody's word. Of a status that was missed, as in a split of the message servers, nobody speaks again: so a word
   * that tells of a newer status than the one held does not make that live. It ages as if nothing had been said, and what is read or heard
   * within that time is shown without a flicker.
   */
  spoken(id: string, { epoch, seq }: OwnersClaim, mono: number): void {
    const before = this.#spoken.get(id);
    if (before && before.epoch > epoch) return;
    // A status that is said again, later than it was true, takes nothing back.
    const newest = before?.epoch === epoch ? Math.max(before.seq, seq) : seq;
    this.#spoken.set(id, { epoch, seq: newest, mono });
    this.#confirm(id);
  }

  /** Its owner, who is still heard, has said a newer status than the one that is held. */
  isBehind(id: string, { mono }: Pick<Moment, 'mono'>): boolean {
    const spoken = this.#spoken.get(id);
    if (!spoken || spoken.seq === 0 || truthAt(mono - spoken.mono) === 'unknown') return false;
    const status = this.#statuses.get(id);
    return !status || spoken.epoch > status.epoch || (spoken.epoch === status.epoch && spoken.seq > status.seq);
  }

  #confirm(id: string): void {
    const [spoken, status] = [this.#spoken.get(id), this.#statuses.get(id)];
    if (!spoken || !status || spoken.epoch !== status.epoch || spoken.seq > status.seq) return;
    this.#newest.set(id, { epoch: spoken.epoch, mono: spoken.mono });
  }

  putSummary(id: string, summary: Summary): void {
    this.#summaries.set(id, summary);
  }

  putTelemetry(id: string, telemetry: Telemetry): void {
    this.#telemetry.set(id, telemetry);
  }

  putJob(id: string, status: JobStatus): boolean {
    if (!isNewer(status, this.#jobs.get(id))) return false;
    this.#jobs.delete(id);
    this.#jobs.set(id, status);
    const oldest = this.#jobs.keys().next().value;
    if (this.#jobs.size > jobLimit && oldest !== undefined) this.#jobs.delete(oldest);
    return true;
  }

  has(id: string): boolean {
    return this.#statuses.has(id) || this.#summaries.has(id);
  }

  /** Ids of all equipment heard of. */
  ids(): string[] {
    return [...new Set([...this.#statuses.keys(), ...this.#summaries.keys()])].sort();
  }

  status(id: string, now: Moment): EquipmentStatus | null {
    const status = this.#statuses.get(id);
    return status ? statusNow(status, this.#owner(id, status, now)) : null;
  }

  summary(id: string, now: Moment): Summary | null {
    const status = this.#statuses.get(id);
    const summary = this.#summaries.get(id);
    const newest = summary && (!status || summary.at >= status.at) ? summary : status && summaryOf(status);
    if (!newest) return null;
    return summaryNow(newest, this.truthOf(id, now));
  }

  /** How far what is known of an equipment may be believed now. */
  truthOf(id: string, now: Moment): OwnersWord['truth'] {
    const status = this.#statuses.get(id);
    if (status) return this.#owner(id, status, now).truth;
    return this.#nodes.truthOf(this.#nodes.ownerOf(`equipment/${id}`)?.heartbeat.node ?? '', now.mono);
  }

  summaries(now: Moment): Summary[] {
    return this.ids().flatMap(id => this.summary(id, now) ?? []);
  }

  telemetry(id: string): Telemetry | null {
    return this.#telemetry.get(id) ?? null;
  }

  job(id: string): JobStatus | null {
    return this.#jobs.get(id) ?? null;
  }

  /** Newest last. */
  jobs(): JobStatus[] {
    return [...this.#jobs.values()];
  }

  /** Equipment whose owner is this node. */
  ownedBy(node: string): string[] {
    return [...this.#statuses.entries()].filter(([, status]) => status.node === node).map(([id]) => id);
  }

  /** A node that speaks, but not of this machine, is not its owner: perhaps it has just begun, and the one that was is dead. */
  #owner(id: string, { node, epoch }: Pick<EquipmentStatus, 'node' | 'epoch'>, { at, mono }: Moment): OwnersWord {
    const ofNode = this.#nodes.truthOf(node, mono);
    const [spoken, newest] = [this.#spoken.get(id), this.#newest.get(id)];
    const isOwner = spoken?.epoch === epoch;
    const age = isOwner && newest?.epoch === epoch ? mono - newest.mono : Number.POSITIVE_INFINITY;
    const nodeSpeaks = ofNode === 'live';
    const isMissed = nodeSpeaks && isOwner && truthAt(mono - spoken.mono) === 'live' && truthAt(age) !== 'live';
    const last = isMissed ? (newest ?? spoken) : spoken;
    const since = nodeSpeaks && last ? Math.round(at - (mono - last.mono)) : (this.#nodes.get(node)?.since ?? at);
    return { truth: worse(ofNode, truthAt(age)), since, heard: isMissed ? 'newer-status' : nodeSpeaks ? 'node' : 'nothing' };
  }
}

/** What an owner says to be its newest status; `seq` 0: it does not say. */
export interface OwnersClaim {
  readonly epoch: number;
  readonly seq: number;
}

interface Versioned {
  readonly epoch: number;
  readonly seq: number;
  readonly at: number;
}

/** A replay after a reconnect and the live subscription bring the same documents twice and in any order. */
function isNewer(next: Versioned, known: Versioned | undefined): boolean {
  if (!known) return true;
  if (next.epoch !== known.epoch) return next.epoch > known.epoch;
  if (next.seq !== known.seq) return next.seq > known.seq;
  return next.at > known.at;
}
