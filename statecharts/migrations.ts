/** Which form of a chart left a state: a version and the structural hash that it was released with. */
export interface ChartForm {
  readonly version: string;
  readonly hash: string;
}

/** A state as the runtime stores it: XState's persisted snapshot as plain JSON. */
export interface StoredState {
  readonly value: unknown;
  readonly context: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/**
 * One step from a released form of a chart to the version after it. Pure, and total for every state of that form; a step that throws
 * puts the state into quarantine. What it leaves is checked against the chart before anything runs on it.
 */
export interface ChartMigration {
  readonly from: ChartForm;
  /** The version after `from`. */
  readonly to: string;
  /** `input`: what the actor is begun with now, identity and settings. */
  state(state: StoredState, input: unknown): StoredState;
  /** A state value of the journal, in the words of the next form; regions that the old form did not have are left out. */
  value(value: unknown): unknown;
  /** Delays that the next form counts in such a state and the old one did not; of a state that `state` has left. */
  timers?(state: StoredState): readonly MigratedTimer[];
}

/** A delay from the moment at which the state is taken over; `timer.fired` with its id comes when it has run out. */
export interface MigratedTimer {
  readonly id: string;
  readonly ms: number;
}

/**
 * The steps from a form to the present one, in order; empty when it is the present one, null when this release does not know it. A form
 * is known by version *and* hash: two forms of one version are told apart, and what was never released is not guessed at.
 */
export function migrationPath(
  migrations: readonly ChartMigration[],
  from: ChartForm,
  present: ChartForm,
): readonly ChartMigration[] | null {
  if (from.hash === present.hash) return [];
  const path: ChartMigration[] = [];
  let step = migrations.find(one => one.from.hash === from.hash && one.from.version === from.version);
  while (step && !path.includes(step)) {
    path.push(step);
    const { to } = step;
    if (to === present.version) return path;
    step = migrations.find(one => one.from.version === to);
  }
  return null;
}
