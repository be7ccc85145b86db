/** A place in the plane of the part, mm. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How deep and how fast one operation cuts. Depths are below the top of the stock, positive; feeds mm/min. */
export interface Cut {
  readonly depth: number;
  readonly step: number;
  readonly feed: number;
  readonly plunge: number;
}

/** Height of all travel above the part, and where feeding down begins. */
const clearance = 15;
const approach = 1;

/** Writes a milling program in the plain words that every 3-axis controller reads. */
export class Program {
  readonly #lines: string[] = [];
  #feed = 0;
  #up = false;
  #at = '';

  /** The text with its line ends. */
  get text(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  write(line: string): void {
    this.#lines.push(line);
  }

  operation(title: string): void {
    this.write('');
    this.write(`(${title})`);
  }

  /** Up, across, and down to just above the stock. */
  approach(at: Point): void {
    this.retract();
    this.#at = place(at);
    this.write(`G0 ${this.#at}`);
    this.write(`G0 Z${mm(approach)}`);
    this.#up = false;
  }

  retract(): void {
    if (!this.#up) this.write(`G0 Z${mm(clearance)}`);
    this.#up = true;
  }

  plunge(depth: number, feed: number): void {
    this.write(`G1 Z${mm(-depth)}${this.#feedWord(feed)}`);
  }

  /** Straight on; nothing when the tool is there already. */
  line(to: Point, feed: number): void {
    if (place(to) === this.#at) return;
    this.#at = place(to);
    this.write(`G1 ${this.#at}${this.#feedWord(feed)}`);
  }

  /** An arc in the plane around `centre`; with `depth` a helix down to it. */
  arc(
    arc: { readonly from: Point; readonly to: Point; readonly centre: Point; readonly clockwise?: true; readonly depth?: number },
    feed: number,
  ): void {
    const down = arc.depth === undefined ? '' : ` Z${mm(-arc.depth)}`;
    const centre = `I${mm(arc.centre.x - arc.from.x)} J${mm(arc.centre.y - arc.from.y)}`;
    this.#at = place(arc.to);
    this.write(`G${arc.clockwise ? 2 : 3} ${this.#at}${down} ${centre}${this.#feedWord(feed)}`);
  }

  #feedWord(feed: number): string {
    if (feed === this.#feed) return '';
    this.#feed = feed;
    return ` F${feed}`;
  }
}

/** The depths of the passes down to `cut.depth`, the last one exact. */
export function passes(cut: Cut): number[] {
  const count = Math.ceil(cut.depth / cut.step - 1e-9);
  return Array.from({ length: count }, (_, i) => Math.min(cut.depth, (i + 1) * cut.step));
}

function place(at: Point): string {
  return `X${mm(at.x)} Y${mm(at.y)}`;
}

/** Three decimals, no negative zero. */
function mm(value: number): string {
  const text = value.toFixed(3);
  return text === '-0.000' ? '0.000' : text;
}
