import { Impairments } from '../../actors/supervision/impairments.ts';
import { watchLag } from '../../actors/supervision/lag-watch.ts';
import { watchStorage } from '../../actors/supervision/storage-watch.ts';
import type { SystemState } from '../contract/live.ts';
import type { Log } from '../http/log.ts';
import type { Moment } from './documents.ts';
import type { Nodes } from './nodes.ts';

export interface HindrancesOptions {
  readonly nodes: Nodes;
  readonly dataDir: string;
  readonly moment: () => Moment;
  readonly log: Log;
}

/** What hinders the hosts of this site now: this gateway's own, and what the nodes say and show. */
export class Hindrances {
  readonly #o: HindrancesOptions;
  readonly #own: Impairments;
  readonly #clocks = new Map<string, Impairments>();
  readonly #stops: readonly (() => void)[];

  constructor(options: HindrancesOptions) {
    this.#o = options;
    this.#own = this.#impairments('gateway');
    const clock = { monotonic: () => options.moment().mono, setTimeout: timer };
    this.#stops = [watchLag(clock, this.#own), watchStorage(options.dataDir, { clock, impairments: this.#own })];
  }

  /** What hinders this gateway beside its host; null: over. */
  set(code: string, sentence: string | null): void {
    this.#own.set(code, sentence);
  }

  /** One look at the clocks of the nodes; called again and again. */
  tick(): void {
    for (const { node, behindMs } of this.#o.nodes.clocks) {
      const known = this.#clocks.get(node) ?? this.#impairments(node);
      this.#clocks.set(node, known);
      known.set('clock-off', behindMs === 0 ? null : clockSentence(node, behindMs));
    }
  }

  /** Nothing is said twice: gateway and node may look at the same disk. */
  list(mono: number): SystemState['impairments'] {
    const { nodes } = this.#o;
    const told = nodes.statuses.filter(({ node }) => nodes.truthOf(node, mono) === 'live');
    const all = [
      ...told.flatMap(({ node, impairments }) => impairments.map(one => ({ host: node, ...one }))),
      ...[...this.#clocks].flatMap(([host, { all }]) => all.map(one => ({ host, ...one }))),
      ...this.#own.all.map(one => ({ host: 'gateway', ...one })),
    ];
    return all.filter((one, at) => all.findIndex(other => other.sentence === one.sentence) === at);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  #impairments(host: string): Impairments {
    return new Impairments({ now: () => this.#o.moment().at, log: line => this.#o.log('warn', line, { host }) });
  }
}

function clockSentence(node: string, behindMs: number): string {
  const seconds = Math.round(Math.abs(behindMs) / 1_000);
  const where = behindMs > 0 ? 'behind' : 'ahead of';
  return `Clock of host ${node} off by ${seconds} s, ${where} the gateway's: times that it writes down are wrong by so much. Set both by one time server.`;
}

function timer(run: () => void, ms: number): { cancel(): void } {
  const handle = setTimeout(run, ms);
  return { cancel: () => clearTimeout(handle) };
}
