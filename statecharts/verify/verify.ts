import type { ProfileName } from '../profiles/profile.ts';
import { eventName } from './alphabet.ts';
import { type ChartTable, compile } from './compile.ts';
import { firstDeadEnd } from './dead-ends.ts';
import { drawPath } from './draw.ts';
import { type Exploration, explore, parts, type Trial } from './explore.ts';
import { type Invariant, invariants, invariantsOf } from './invariants.ts';
import { cellOf, cellsOf } from './packml-cells.ts';
import { regionsOf } from './spec.ts';
import type { Configuration } from './step.ts';
import { TemporalWatch } from './temporal-findings.ts';

/** What became of one invariant. */
export interface Finding {
  readonly id: string;
  readonly title: string;
  readonly ok: boolean;
  /** One line with counts; with a violation what is wrong and the shortest way there. */
  readonly line: string;
  readonly path: readonly string[];
  /** The path as an SVG; null without a violation that has one. */
  readonly drawing: string | null;
}

export interface VerifyOptions {
  /** That invariant alone, and no further than its first violation. */
  readonly only?: string;
  /** All of them, and no further than the first violation of any. */
  readonly first?: true;
}

/**
 * Explores every reachable configuration of a chart configuration and checks every invariant in each. Pure; some seconds. */
export function verifyChart(config: unknown, profile: ProfileName, options: VerifyOptions = {}): readonly Finding[] {
  return verifyTable(compile(config), profile, options);
}

/** The same for a chart that is compiled already. */
export function verifyTable(table: ChartTable, profile: ProfileName, options: VerifyOptions = {}): readonly Finding[] {
  const asked = invariants.filter(invariant => options.only === undefined || invariant.id === options.only);
  const watchers = asked.map(invariant => new Watcher(invariant));
  const taken = new Set<string>();
  const packml = new Set<string>();
  const overTime = new TemporalWatch(profile, options.only);
  let temporal: readonly Finding[] = [];
  let idle: Finding | null = null;
  let configurations = 0;
  let steps = 0;
  const [whole, ...alone] = parts(table);
  // The small parts first when one violation is enough: they are explored in no time.
  for (const part of [...alone, ...(whole ? [whole] : [])]) {
    const main = part === whole;
    const about = invariantsOf(part);
    const active = watchers.filter(watcher => about.some(invariant => invariant.id === watcher.id));
    let ended = false;
    const exploration = explore(part, profile, trial => {
      for (const edge of trial.after?.taken ?? []) taken.add(edge.id);
      const cell = cellOf(trial);
      if (cell !== null) packml.add(cell);
      for (const watcher of active) watcher.see(trial, part);
      if (main) overTime.see(trial, part);
      ended = (options.only !== undefined || options.first === true) && (overTime.violated || active.some(watcher => watcher.violated));
      return ended;
    });
    for (const watcher of active) watcher.close(exploration);
    if (main) temporal = overTime.findings(part, exploration, ended ? 'left out' : 'asked');
    if (options.first && active.some(watcher => watcher.violated)) return watchers.map(watcher => watcher.finding('first violation'));
    if (main && (options.only === undefined || options.only === 'I7')) idle = idleFinding(part, profile, exploration);
    configurations += exploration.configurations.length;
    steps += exploration.steps;
  }
  const size = `${count(configurations)} configurations, ${count(steps)} steps`;
  const found = [...watchers.map(watcher => watcher.finding(size)), ...temporal, ...(idle ? [idle] : [])];
  return options.only === undefined ? [...found, packmlFinding(table, profile, packml), edgesFinding(table, taken)] : found;
}

class Watcher {
  readonly #invariant: Invariant;
  #found: { readonly trial: Trial; readonly words: string } | null = null;
  #path: readonly string[] = [];
  #drawing: string | null = null;

  constructor(invariant: Invariant) {
    this.#invariant = invariant;
  }

  get id(): string {
    return this.#invariant.id;
  }

  get violated(): boolean {
    return this.#found !== null;
  }

  see(trial: Trial, table: ChartTable): void {
    if (this.#found) return;
    const words = this.#invariant.check(trial, table);
    if (words !== null) this.#found = { trial, words };
  }

  close(exploration: Exploration): void {
    if (!this.#found || this.#path.length > 0) return;
    const { index, before, event, after } = this.#found.trial;
    this.#path = [...exploration.pathTo(index), event].map(eventName);
    const trail = [...exploration.configurationsTo(index), after ?? before];
    this.#drawing = drawTrail(trail, this.#path, `${this.id}: ${this.#found.words}`);
  }

  finding(size: string): Finding {
    const { id, title } = this.#invariant;
    if (this.#found === null) return { id, title, ok: true, line: `${id} holds: ${title} (${size})`, path: [], drawing: null };
    const line = `${id} VIOLATED: ${title}: ${this.#found.words}, by ${this.#path.join(' > ')}`;
    return { id, title, ok: false, line, path: this.#path, drawing: this.#drawing };
  }
}

function idleFinding(table: ChartTable, profile: ProfileName, exploration: Exploration): Finding {
  const dead = firstDeadEnd(table, profile, exploration);
  const title = 'from everywhere permitted commands and reports lead to Idle';
  const size = `${count(exploration.configurations.length)} configurations`;
  if (dead === null) return { id: 'I7', title, ok: true, line: `I7 holds: ${title} (${size})`, path: [], drawing: null };
  const path = exploration.pathTo(dead).map(eventName);
  const drawing = drawTrail(exploration.configurationsTo(dead), path, 'I7: a dead end');
  return { id: 'I7', title, ok: false, line: `I7 VIOLATED: ${title}: a dead end, by ${path.join(' > ')}`, path, drawing };
}

/** One configuration more than events: what each of them left. */
function drawTrail(trail: readonly Configuration[], events: readonly string[], words: string): string {
  const steps = trail.map((one, i) => ({ event: i === 0 ? null : (events[i - 1] ?? null), regions: { ...regionsOf(one) } }));
  return drawPath(steps, words);
}

function packmlFinding(table: ChartTable, profile: ProfileName, seen: ReadonlySet<string>): Finding {
  const cells = cellsOf(table, profile);
  const missing = cells.filter(cell => !seen.has(cell));
  const title = 'every transition of the PackML table can happen';
  const ok = missing.length === 0;
  const line = ok ? `P1 holds: ${title} (${cells.length} of ${cells.length})` : `P1 VIOLATED: ${title}: never ${missing.join(', ')}`;
  return { id: 'P1', title, ok, line, path: [], drawing: null };
}

function edgesFinding(table: ChartTable, taken: ReadonlySet<string>): Finding {
  const dead = table.edges.filter(edge => !taken.has(edge.id)).map(edge => edge.id);
  const title = 'no transition of the chart is dead';
  const ok = dead.length === 0;
  const line = ok ? `P2 holds: ${title} (${table.edges.length} transitions taken)` : `P2 VIOLATED: ${title}: ${dead.join(', ')}`;
  return { id: 'P2', title, ok, line, path: [], drawing: null };
}

function count(n: number): string {
  return n.toLocaleString('en');
}
