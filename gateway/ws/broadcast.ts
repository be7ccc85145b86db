import type { ServerFrame, SystemState } from '../contract/live.ts';
import type { Documents, Moment } from './documents.ts';
import type { Change } from './feed.ts';
import type { Nodes } from './nodes.ts';

/** Sends one text to every socket subscribed to a topic. */
export type Publish = (topic: string, text: string) => void;

export interface BroadcastOptions {
  readonly documents: Documents;
  readonly nodes: Nodes;
  readonly moment: () => Moment;
  readonly publish: Publish;
  readonly system: () => SystemState;
}

/** A frame as text. */
export function encode(frame: ServerFrame): string {
  return JSON.stringify(frame);
}

/** Turns each change into one frame per topic, encoded once, however many clients look. */
export class Broadcast {
  readonly #options: BroadcastOptions;

  constructor(options: BroadcastOptions) {
    this.#options = options;
  }

  changed(change: Change): void {
    const { publish } = this.#options;
    switch (change.kind) {
      case 'status':
        this.#status(change.id);
        break;
      case 'summary':
        this.#summary(change.id);
        break;
      case 'job':
        this.#job(change.id);
        break;
      // Checked JSON goes out as it came in: fast numbers are not encoded again.
      case 'telemetry':
        publish(`equipment/${change.id}/telemetry`, `{"type":"telemetry","data":${change.text}}`);
        break;
      case 'event':
        publish(`equipment/${change.id}/event`, `{"type":"event","equipment":"${change.id}","data":${change.text}}`);
        break;
      case 'wire':
        publish(`equipment/${change.id}/wire`, `{"type":"wire",${change.text.trim().slice(1)}`);
        break;
    }
  }

  /** Once a second: the system document, and equipment whose owner's word has aged into another truth. */
  tick(): void {
    const { nodes, documents, moment, publish, system } = this.#options;
    const now = moment();
    nodes.tick(now);
    for (const id of documents.ids()) if (documents.truthOf(id, now) !== 'live') this.#status(id);
    publish('system', encode({ type: 'system', data: system() }));
  }

  /** The current documents of a topic, for a client that just subscribed or caught up. */
  current(topic: string): ServerFrame[] {
    const { documents, moment, system } = this.#options;
    const now = moment();
    if (topic === 'equipment/*/summary') return [{ type: 'summaries', data: documents.summaries(now) }];
    if (topic === 'system') return [{ type: 'system', data: system() }];
    if (topic === 'jobs')
      return documents
        .jobs()
        .slice(-newestJobs)
        .map(data => ({ type: 'job', data }));
    const [kind, id = '', aspect] = topic.split('/');
    if (kind === 'job') return present(documents.job(id), data => ({ type: 'job', data }));
    if (aspect === 'status') return present(documents.status(id, now), data => ({ type: 'status', data }));
    if (aspect === 'summary') return present(documents.summary(id, now), data => ({ type: 'summary', data }));
    if (aspect === 'telemetry') return this.#currentTelemetry(id, now);
    return [];
  }

  /** Old numbers are never shown as if they were current: only those of an owner that is heard. */
  #currentTelemetry(id: string, now: Moment): ServerFrame[] {
    const { documents } = this.#options;
    if (documents.truthOf(id, now) !== 'live') return [];
    return present(documents.telemetry(id), data => ({ type: 'telemetry', data }));
  }

  #status(id: string): void {
    const { documents, moment, publish } = this.#options;
    const status = documents.status(id, moment());
    if (status) publish(`equipment/${id}/status`, encode({ type: 'status', data: status }));
    this.#summary(id);
  }

  #summary(id: string): void {
    const { documents, moment, publish } = this.#options;
    const summary = documents.summary(id, moment());
    if (!summary) return;
    const text = encode({ type: 'summary', data: summary });
    publish(`equipment/${id}/summary`, text);
    publish('equipment/*/summary', text);
  }

  #job(id: string): void {
    const { documents, publish } = this.#options;
    const job = documents.job(id);
    if (!job) return;
    const text = encode({ type: 'job', data: job });
    publish(`job/${id}/status`, text);
    publish('jobs', text);
  }
}

/** With their problem lists, more would fill a slow client's buffer at once. */
const newestJobs = 20;

function present<T>(document: T | null, frame: (document: T) => ServerFrame): ServerFrame[] {
  return document === null ? [] : [frame(document)];
}
