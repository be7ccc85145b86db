import type { WireEntry } from './wire-log.ts';

/** A running product with the demo's mill and laser, whatever processes it is made of. */
export interface Form {
  /** Where people find it. */
  readonly url: string;
  /** Address of each gateway. */
  readonly gateways: readonly string[];
  /** Port of each stop lane. */
  readonly stopPorts: readonly number[];
  /** The variables of programs that look into it, e.g. `npm run verify-journal`. */
  readonly variables: Readonly<Record<string, string>>;
  /** The link that makes the first administrator. */
  setupLink(): Promise<string>;
  /** What crossed the mill's wire so far. */
  wire(): WireEntry[];
  /** kill -9 of the first gateway. */
  killGateway(): Promise<void>;
  /** Ends and removes everything. */
  remove(): Promise<void>;
}
