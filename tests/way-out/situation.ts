import type { Station, Wish } from './station.ts';
import type { Family, OtherName } from './workshop.ts';

/** Where a machine can be found, and who asks there. */
export interface Situation {
  readonly name: string;
  readonly families: readonly Family[];
  /** Mara unless told. */
  readonly asker?: OtherName;
  /** Brings the machine there, from wherever it is. */
  come(station: Station): Promise<unknown>;
  /** For what takes long or concerns everybody: where a first step that nobody does led to, so that the other ways are gone from there. */
  afterFirst?(station: Station): Promise<unknown>;
  /** Takes back what no way out ends: a rule, a training. */
  leave?(station: Station): Promise<unknown>;
  /** Only one machine at a time can be in a situation that shares this. */
  readonly shares?: string;
  /** What is asked for; every command of the family unless told. */
  wishes?(station: Station): Promise<readonly Wish[]> | readonly Wish[];
}
