import type { NodeStatus } from '../transport/envelopes.ts';
import type { Messages } from '../transport/messages.ts';
import type { StatusPublisher } from '../transport/status-publisher.ts';
import type { StreamsWatch } from '../transport/streams-watch.ts';
import { subject } from '../transport/subjects.ts';
import type { Impairments } from './impairments.ts';

export interface NodeStatusOptions {
  readonly site: string;
  readonly nodeId: string;
  readonly boot: string;
  readonly messages: Pick<Messages, 'onState'>;
  readonly statuses: Pick<StatusPublisher, 'say'>;
  readonly streams: Pick<StreamsWatch, 'state' | 'subscribe'>;
  readonly impairments: Pick<Impairments, 'all' | 'subscribe'>;
  readonly clock: { now(): number };
  tree(): NodeStatus['tree'];
}

/** Tells everybody what this node runs and how that goes: on change, and whenever the message server is back. */
export class NodeStatusPublisher {
  readonly #o: NodeStatusOptions;
  readonly #unsubscribe: readonly (() => void)[];
  #findings: NodeStatus['selfTest'] = [];
  #due = false;

  constructor(options: NodeStatusOptions) {
    this.#o = options;
    this.#unsubscribe = [
      options.messages.onState(({ ok }) => {
        if (ok) this.changed();
      }),
      options.streams.subscribe(() => this.changed()),
      options.impairments.subscribe(() => this.changed()),
    ];
  }

  /** What the self-test of this start found off. */
  found(findings: NodeStatus['selfTest']): void {
    this.#findings = findings;
    this.changed();
  }

  /** Published once for all changes of one moment. */
  changed(): void {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      const { site, nodeId, statuses } = this.#o;
      statuses.say(subject(site, 'node', nodeId, 'status'), this.#status(), () => true);
    });
  }

  #status(): NodeStatus {
    const { nodeId, boot, streams, impairments, clock, tree } = this.#o;
    const about = { v: 1, node: nodeId, boot, at: clock.now() } as const;
    const now = { messages: { ...streams.state }, impairments: [...impairments.all] };
    return { ...about, tree: tree(), selfTest: this.#findings, ...now };
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }
}
