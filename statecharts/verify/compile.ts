/** An action as the compiled chart has it: a name and plain params. */
export interface TableAction {
  readonly type: string;
  readonly params: unknown;
}

/** One transition: taken by the first of its list whose guard holds. */
export interface Edge {
  /** Readable and unique: `execution.Idle START 0`. */
  readonly id: string;
  readonly guard: { readonly type: string; readonly params: unknown } | null;
  /** Leaf entered; null when the transition stays. */
  readonly target: string | null;
  readonly actions: readonly TableAction[];
  readonly meta: unknown;
}

export interface Leaf {
  readonly entry: readonly TableAction[];
  readonly exit: readonly TableAction[];
  /** Innermost first, as XState tries them. */
  readonly edges: ReadonlyMap<string, readonly Edge[]>;
}

export interface RegionTable {
  readonly name: string;
  readonly initial: string;
  /** By path below the region, joined by dots. */
  readonly leaves: ReadonlyMap<string, Leaf>;
}

/** A chart as tables (region, state, event, guard -> target), in document order. */
export interface ChartTable {
  readonly regions: readonly RegionTable[];
  readonly edges: readonly Edge[];
}

interface RawTransition {
  readonly guard?: unknown;
  readonly target?: string;
  readonly actions?: unknown;
  readonly meta?: unknown;
  readonly reenter?: boolean;
}
interface RawState {
  readonly initial?: string;
  readonly states?: Readonly<Record<string, RawState>>;
  readonly on?: Readonly<Record<string, RawTransition | string | readonly (RawTransition | string)[]>>;
  readonly entry?: unknown;
  readonly exit?: unknown;
}
interface Located {
  readonly path: readonly string[];
  readonly state: RawState;
}

/**
 * Compiles a parallel chart configuration. Throws on anything whose meaning the tables do not carry (entry on a compound state,
 * `always`, functions): such a chart is not one of ours.
 */
export function compile(config: unknown): ChartTable {
  const { states } = config as RawState;
  const regions = Object.entries(states ?? {}).map(([name, state]) => compileRegion(name, state));
  const edges = new Map<string, Edge>();
  for (const region of regions) {
    for (const leaf of region.leaves.values()) for (const list of leaf.edges.values()) for (const edge of list) edges.set(edge.id, edge);
  }
  return { regions, edges: [...edges.values()] };
}

function compileRegion(name: string, state: RawState): RegionTable {
  const root: Located = { path: [], state };
  const leaves = new Map<string, Leaf>();
  collect([root], name, leaves);
  return { name, initial: descend(root).path.join('.'), leaves };
}

function collect(chain: readonly Located[], region: string, leaves: Map<string, Leaf>): void {
  const here = chain[chain.length - 1];
  if (!here) return;
  refuseUnknown(here, region);
  const children = Object.entries(here.state.states ?? {});
  if (children.length === 0) leaves.set(here.path.join('.'), compileLeaf(chain, region));
  for (const [key, state] of children) collect([...chain, { path: [...here.path, key], state }], region, leaves);
}

function refuseUnknown({ path, state }: Located, region: string): void {
  const compound = state.states !== undefined;
  const known = ['initial', 'states', 'on', 'entry', 'exit'];
  const strange = Object.keys(state).find(key => !known.includes(key));
  if (strange) throw new Error(`${region}.${path.join('.')} has ${strange}, which the tables do not know.`);
  if (compound && (state.entry || state.exit)) throw new Error(`${region}.${path.join('.')} is compound and has entry or exit actions.`);
}

function compileLeaf(chain: readonly Located[], region: string): Leaf {
  const leaf = chain[chain.length - 1];
  const edges = new Map<string, Edge[]>();
  for (let level = chain.length - 1; level >= 0; level--) {
    for (const [event, raw] of Object.entries(chain[level]?.state.on ?? {})) {
      const list = edges.get(event) ?? [];
      asList(raw).forEach((item, i) => {
        list.push(compileEdge({ chain, level, region, event, i }, item));
      });
      edges.set(event, list);
    }
  }
  return { entry: actionsOf(leaf?.state.entry), exit: actionsOf(leaf?.state.exit), edges };
}

interface Place {
  readonly chain: readonly Located[];
  readonly level: number;
  readonly region: string;
  readonly event: string;
  readonly i: number;
}

function compileEdge(place: Place, raw: RawTransition | string): Edge {
  const item: RawTransition = typeof raw === 'string' ? { target: raw } : raw;
  const source = place.chain[place.level];
  const leaf = place.chain[place.chain.length - 1]?.path.join('.') ?? '';
  const from = [place.region, ...(source?.path ?? [])].join('.');
  const target = item.target === undefined ? null : resolve(place, item.target);
  // A leaf that targets itself without reenter stays, as in XState.
  const stays = target === leaf && place.level === place.chain.length - 1 && item.reenter !== true;
  return {
    id: `${from} ${place.event} ${place.i}`,
    guard: guardOf(item.guard),
    target: stays ? null : target,
    actions: actionsOf(item.actions),
    meta: item.meta,
  };
}

/** `name` is a sibling of the source, `.name` a child. */
function resolve({ chain, level, region }: Place, target: string): string {
  const child = target.startsWith('.');
  const parent = child ? chain[level] : chain[level - 1];
  const key = child ? target.slice(1) : target;
  const state = parent?.state.states?.[key];
  if (!parent || !state) throw new Error(`${region} has no state ${target}.`);
  return descend({ path: [...parent.path, key], state }).path.join('.');
}

function descend(located: Located): Located {
  const { initial, states } = located.state;
  const state = initial === undefined ? undefined : states?.[initial];
  return initial === undefined || !state ? located : descend({ path: [...located.path, initial], state });
}

function guardOf(raw: unknown): Edge['guard'] {
  if (raw === undefined) return null;
  if (typeof raw === 'string') return { type: raw, params: undefined };
  if (typeof raw !== 'object' || raw === null) throw new Error('A guard is a function: the chart is not plain data.');
  const { type, params } = raw as { type: string; params?: unknown };
  return { type, params };
}

function actionsOf(raw: unknown): TableAction[] {
  return asList(raw as string | { type: string; params?: unknown } | undefined).map(action => {
    if (typeof action === 'string') return { type: action, params: undefined };
    if (typeof action !== 'object') throw new Error('An action is a function: the chart is not plain data.');
    return { type: action.type, params: action.params };
  });
}

function asList<T>(raw: T | readonly T[] | undefined): readonly T[] {
  if (raw === undefined) return [];
  return Array.isArray(raw) ? raw : [raw as T];
}
