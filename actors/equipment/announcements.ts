import { type Progress, toSummary } from '../../statecharts/equipment/project.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { LiveActor } from '../system/live-actor.ts';
import { subject } from '../transport/subjects.ts';
import { contextOf } from './equipment-kind.ts';
import type { NodeServices } from './node-services.ts';

export interface AnnouncementsOptions {
  readonly services: NodeServices;
  readonly id: string;
  /** Of this activation. */
  readonly epoch: number;
  readonly actor: LiveActor<EquipmentStatus>;
  /** How far the program has come; null while none is known. */
  readonly progress: () => Progress | null;
  readonly owns: () => boolean;
}

const summaryEveryMs = 1_000;
/** What the journal and the progress file may differ by after a power cut. */
const checkpointEveryMs = 5_000;

/** What one equipment says of itself unasked: its status, a summary with it and once a second, and to the journal how far a run has come. */
export class Announcements {
  readonly #o: AnnouncementsOptions;
  #summaryTimer: { cancel(): void };
  #checkpointTimer: { cancel(): void };
  #checkpointed = '';
  #said = 0;

  constructor(options: AnnouncementsOptions) {
    this.#o = options;
    this.#summaryTimer = this.#summariseLater();
    this.#checkpointTimer = this.#checkpointLater();
  }

  /** What the last owner knew is not true of now: nothing is said before this activation has begun. */
  status(status: EquipmentStatus): void {
    if (!this.#hasBegun) return;
    this.#said = status.seq;
    this.#say(status);
  }

  /** Says the present status for whoever has missed it. It may stand further on in the journal than when it became true, and is nothing newer. */
  again(): void {
    if (this.#hasBegun) this.#say(this.#o.actor.status());
  }

  /** Seq of the newest status of this activation that was said; 0: none. */
  get said(): number {
    return this.#said;
  }

  close(): void {
    this.#summaryTimer.cancel();
    this.#checkpointTimer.cancel();
  }

  #say(status: EquipmentStatus): void {
    const { services, owns } = this.#o;
    services.statuses.say(this.#subject('status'), status, owns);
    this.#summary();
  }

  get #hasBegun(): boolean {
    return contextOf(this.#o.actor.state()).epoch === this.#o.epoch;
  }

  #summary(): void {
    if (!this.#hasBegun) return;
    const { services, actor, progress } = this.#o;
    const meta = { at: services.clock.now(), progress: progress() };
    services.messages.publish(this.#subject('summary'), toSummary({ context: contextOf(actor.state()) }, meta));
  }

  #subject(name: 'status' | 'summary'): string {
    return subject(this.#o.services.site, 'equipment', this.#o.id, name);
  }

  #summariseLater(): { cancel(): void } {
    return this.#o.services.clock.setTimeout(() => {
      this.#summary();
      this.#summaryTimer = this.#summariseLater();
    }, summaryEveryMs);
  }

  #checkpointLater(): { cancel(): void } {
    return this.#o.services.clock.setTimeout(() => {
      this.#checkpoint();
      this.#checkpointTimer = this.#checkpointLater();
    }, checkpointEveryMs);
  }

  #checkpoint(): void {
    const { actor, progress } = this.#o;
    const reached = progress();
    const text = JSON.stringify(reached);
    if (contextOf(actor.state()).run?.result !== 'running' || !reached || text === this.#checkpointed) return;
    this.#checkpointed = text;
    actor.post('report', { kind: 'note', type: 'program.checkpoint', data: { ...reached }, snapshot: 'when-due' });
  }
}
