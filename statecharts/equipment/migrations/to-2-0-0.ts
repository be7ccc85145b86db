import type { ChartMigration, StoredState } from '../../migrations.ts';

/** Regions that a family of 2.0.0 adds, as nobody has read the device yet. */
const added: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  laser: { beam: 'disarmed' },
  printer: { heat: 'unknown' },
  switch: { output: 'unknown' },
};

/** Facts that 2.0.0 added, as they are where nobody has said anything yet. */
const newFacts = {
  reservation: null,
  offer: null,
  locks: [],
  outOfService: null,
  serviceDue: [],
  site: { rules: [], facts: {} },
  siteLoss: null,
  chain: null,
} as const;

/**
 * 2.0.0 gave every family its own chart, with regions for service and alarms; who is in control may be away, and control that nobody
 * uses ends by itself. Everything 1.1.0 knew is kept: job, run, stop latch, holder, alarms. The machine is in service, and nobody has
 * seen its alarms.
 */
export const to200: ChartMigration = {
  from: { version: '1.1.0', hash: '9e98b8105ffaa6d2' },
  to: '2.0.0',
  state(state, present) {
    const { context } = state;
    const input = { ...objectOf(context.input), ...objectOf(present) };
    const alarms = alarmsOf(context);
    const regions = { maintenance: 'inService', alarms: alarms.length > 0 ? 'active' : 'none', ...added[String(input.profile)] };
    const times = Object.fromEntries(Object.keys(regions).map(region => [region, 0]));
    return {
      ...state,
      value: { ...objectOf(state.value), ...regions },
      context: {
        ...context,
        ...newFacts,
        input,
        alarms,
        regions: { ...objectOf(context.regions), ...regions },
        since: { ...objectOf(context.since), ...times, alarms: alarms.at(-1)?.at ?? 0 },
      },
    };
  },
  value: value => value,
  // Half an hour from now: 1.1.0 let nobody's control run out.
  timers: state => (objectOf(state.value).occupancy === 'occupied' ? [{ id: 'lease', ms: 1_800_000 }] : []),
};

/** The alarms of 1.1.0 all wanted somebody to act. */
function alarmsOf(context: StoredState['context']) {
  const old = context.alarms as readonly { readonly code: string; readonly text: string; readonly at: number }[];
  return old.map((alarm, n) => ({ ...alarm, priority: 1, first: n === 0, acknowledged: null }));
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
