import { setTimeout as wait } from 'node:timers/promises';
import type { PeerFiles } from '../config.ts';
import { type Messages, openMessages } from '../transport/messages.ts';
import { subject } from '../transport/subjects.ts';
import type { RunningChild } from './child-program.ts';

export interface ReleasesOptions {
  readonly site: string;
  readonly nodeId: string;
  readonly natsUrl: string;
  readonly credsFile: string | null;
  readonly peer?: PeerFiles | null;
  now(): number;
}

const times = 5;
const pauseMs = 1_000;

/**
 * Tells everybody that a node's process is dead, proven by having reaped it: what it owned need not wait for a silence. A process is
 * named by its boot and never lives again, so it is said several times: a node that was just reconnecting hears it too.
 */
export class Releases {
  readonly #o: ReleasesOptions;
  readonly #messages: Messages;
  #closed = false;

  constructor(options: ReleasesOptions) {
    this.#o = options;
    const { natsUrl: url, credsFile, peer = null, nodeId, now } = options;
    // Trouble with the message server is told by everyone else already.
    this.#messages = openMessages({ url, credsFile, peer, name: `wit-launcher ${nodeId}`, now, log: () => undefined });
  }

  /** From now on the end of this process is told. */
  watch(child: RunningChild): void {
    const { boot } = child.facts;
    if (typeof boot !== 'string') return;
    void child.exited.then(() => this.#say(boot));
  }

  close(): Promise<void> {
    this.#closed = true;
    return this.#messages.close();
  }

  async #say(boot: string): Promise<void> {
    const { site, nodeId, now } = this.#o;
    const to = subject(site, 'node', nodeId, 'released');
    for (let said = 0; said < times && !this.#closed; ) {
      if (this.#messages.publish(to, { boot, at: now() })) said += 1;
      await wait(pauseMs, undefined, { ref: false });
    }
  }
}
