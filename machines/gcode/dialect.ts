import type { Envelope, WorkOffsets } from '../../statecharts/equipment/reports.ts';

/** What one family of controllers accepts in a program: an allow-list as data, read by the one checker in `check.ts`. */
export interface Dialect {
  readonly name: string;
  /** Longest line in characters without the newline. */
  readonly maxLineLength: number;
  readonly axes: readonly ('X' | 'Y' | 'Z')[];
  /** Allowed G codes as written numbers: `0`, `1`, `38.2`. */
  readonly g: readonly number[];
  readonly m: readonly number[];
  /** Allowed parameter words besides G, M, N and the axes: `F`, `S`, `I`, `J` ... */
  readonly words: readonly string[];
  /** Extra G codes allowed in a line typed by a person (MDI), e.g. `10` for work offsets. */
  readonly mdiG: readonly number[];
}

/** What the check needs to know of the machine. */
export interface CheckContext {
  readonly dialect: Dialect;
  /** null: travel unknown; then bounds are computed but nothing is refused for them. */
  readonly envelope: Envelope | null;
  readonly offsets: WorkOffsets;
}
