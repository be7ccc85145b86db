import type { ProfileName } from '../profiles/profile.ts';
import { eventName } from './alphabet.ts';
import type { ChartTable } from './compile.ts';
import { drawPath } from './draw.ts';
import type { Exploration, Trial } from './explore.ts';
import { avoidance } from './leads-to.ts';
import { regionsOf } from './spec.ts';
import type { Configuration } from './step.ts';
import { type LeadsTo, type Never, temporal } from './temporal.ts';
import type { Finding } from './verify.ts';

interface Violation {
  readonly words: string;
  readonly path: readonly string[];
  readonly trail: readonly Configuration[];
}

/** Watches the exploration of a whole chart for the temporal properties of its family; `only` this one. */
export class TemporalWatch {
  readonly #profile: ProfileName;
  readonly #nevers: readonly Never[];
  readonly #leads: readonly LeadsTo[];
  readonly #broken = new Map<string, { readonly trial: Trial; readonly words: string }>();
  /** After the steps that begin a property. */
  readonly #begun = new Map<string, Configuration[]>();

  constructor(profile: ProfileName, only?: string) {
    const asked = temporal.filter(({ id, families }) => (only === undefined || id === only) && (families?.includes(profile) ?? true));
    this.#profile = profile;
    this.#nevers = asked.filter(one => one.kind === 'never');
    this.#leads = asked.filter(one => one.kind === 'leads-to');
  }

  /** True when something has been found that no more steps are needed for. */
  get violated(): boolean {
    return this.#broken.size > 0;
  }

  see(trial: Trial, table: ChartTable): void {
    for (const { id, check } of this.#nevers) {
      const words = this.#broken.has(id) ? null : check(trial, table);
      if (words !== null) this.#broken.set(id, { trial, words });
    }
    const { after } = trial;
    for (const { id, when } of after ? this.#leads : []) {
      if (after && when?.(trial)) this.#begun.set(id, [...(this.#begun.get(id) ?? []), after]);
    }
  }

  /** `leads: 'left out'` of an exploration that was ended early: what leads where is seen in a whole one only. */
  findings(table: ChartTable, exploration: Exploration, leads: 'asked' | 'left out'): readonly Finding[] {
    const size = `${exploration.configurations.length.toLocaleString('en')} configurations`;
    const nevers = this.#nevers.map(one => finding(one, this.#brokenWay(one.id, exploration), size));
    const asked = leads === 'asked' ? this.#leads : [];
    return [...nevers, ...asked.map(one => finding(one, this.#avoided(one, table, exploration), size))].sort((a, b) =>
      a.id.localeCompare(b.id),
    );
  }

  #brokenWay(id: string, exploration: Exploration): Violation | null {
    const broken = this.#broken.get(id);
    if (!broken) return null;
    const { index, event, before, after } = broken.trial;
    const path = [...exploration.pathTo(index), event].map(eventName);
    return { words: broken.words, path, trail: [...exploration.configurationsTo(index), after ?? before] };
  }

  #avoided(property: LeadsTo, table: ChartTable, exploration: Exploration): Violation | null {
    const { configurations, indexOf } = exploration;
    const places = configurations.flatMap((one, index) => (property.where?.(one) ? [index] : []));
    const beginnings = [...places, ...(this.#begun.get(property.id) ?? []).map(indexOf)];
    // A property of something that never happens says nothing: the chart is not the one that it was written for.
    if (beginnings.length === 0) return { words: 'it never begins', path: [], trail: [] };
    const way = avoidance(table, exploration, { property, beginnings, profile: this.#profile });
    const end = way && configurations[way.trail.at(-1) ?? -1];
    if (!way || !end) return null;
    const { execution, connection } = regionsOf(end);
    const words = `it can stay in ${execution}, ${connection}, for ever`;
    return { words, path: way.events.map(eventName), trail: way.trail.flatMap(index => configurations[index] ?? []) };
  }
}

function finding({ id, title }: Never | LeadsTo, found: Violation | null, size: string): Finding {
  if (found === null) return { id, title, ok: true, line: `${id} holds: ${title} (${size})`, path: [], drawing: null };
  const { words, path, trail } = found;
  const steps = trail.map((one, i) => ({ event: i === 0 ? null : (path[i - 1] ?? null), regions: { ...regionsOf(one) } }));
  const line = `${id} VIOLATED: ${title}: ${words}, by ${path.join(' > ')}`;
  return { id, title, ok: false, line, path, drawing: drawPath(steps, `${id}: ${words}`) };
}
