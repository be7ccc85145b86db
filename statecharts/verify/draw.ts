/** One step of a way to a violation: what happened, and the state of each region after it. */
export interface DrawnStep {
  /** Null for the beginning. */
  readonly event: string | null;
  readonly regions: Readonly<Record<string, string>>;
}

const column = 190;
const line = 18;

/** The way to a violation as an SVG: a box per configuration, what changed in bold, the event on the arrow to it. Sizes in px. */
export function drawPath(steps: readonly DrawnStep[], words: string): string {
  const names = Object.keys(steps[0]?.regions ?? {});
  const width = steps.length * column + 20;
  const height = names.length * line + 110;
  const boxes = steps.map((one, i) => box(one, steps[i - 1] ?? null, i));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="12">`,
    '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    `<text x="10" y="20" font-weight="bold" fill="#b00020">${escaped(words)}</text>`,
    ...boxes,
    '</svg>',
  ].join('\n');
}

function box({ event, regions }: DrawnStep, before: DrawnStep | null, i: number): string {
  const x = i * column + 10;
  const rows = Object.entries(regions).map(([name, state], row) => {
    const weight = before !== null && before.regions[name] !== state ? ' font-weight="bold"' : '';
    return `<text x="${x + 8}" y="${84 + row * line}"${weight}>${escaped(`${name}: ${state}`)}</text>`;
  });
  const frame = `<rect x="${x}" y="66" width="${column - 30}" height="${Object.keys(regions).length * line + 10}" rx="6" fill="none" stroke="#444"/>`;
  const arrow = event === null ? [] : [`<line x1="${x - 28}" y1="76" x2="${x - 2}" y2="76" stroke="#444" marker-end="url(#tip)"/>`];
  const label = event === null ? [] : [`<text x="${x - 28}" y="${44 + (i % 2) * 14}">${escaped(event)}</text>`];
  return [frame, ...arrow, ...label, ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
