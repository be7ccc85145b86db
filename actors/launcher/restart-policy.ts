/** What is known about a program's restarts, all in monotonic ms. */
export interface RestartHistory {
  /** When the restarts since the last stable run began. */
  readonly restarts: readonly number[];
}

/** What to do about an ended program: wait so long, then start it; `loud` says once that it keeps ending. */
export interface RestartDecision {
  readonly delayMs: number;
  readonly loud: boolean;
  readonly history: RestartHistory;
}

/** How long the pauses between restarts may become, ms: while back-off doubles, and beyond the restart intensity. */
export interface RestartPace {
  readonly longestMs: number;
  readonly beyondIntensityMs: number;
}

/**
 * `urgent` is for what stands between a person and a moving machine: without its node a machine has neither its hold byte nor a software
 * stop, so it never waits longer than a second. Everything else is `patient`.
 */
export const restartPaces = {
  patient: { longestMs: 10_000, beyondIntensityMs: 30_000 },
  urgent: { longestMs: 1_000, beyondIntensityMs: 1_000 },
} as const satisfies Record<string, RestartPace>;

const stableMs = 60_000;
const firstDelayMs = 200;
const intensity = { restarts: 8, withinMs: 60_000 };

/** A program that just ended; times in monotonic ms, `random` from 0 to 1. */
export interface EndedProgram {
  readonly pace: RestartPace;
  readonly history: RestartHistory;
  readonly ranMs: number;
  readonly now: number;
  readonly random: number;
}

export const noRestarts: RestartHistory = { restarts: [] };

/**
 * The first restart comes at once: a restarted node must hold its machines within seconds. Then the pause doubles, with jitter, until a run
 * was stable. Beyond the intensity it becomes long, but never ends: in a workshop a gateway that cannot live must not take down the node
 * that runs a machine, which is what escalating to the launcher would do.
 */
export function decideRestart(ended: EndedProgram): RestartDecision {
  const { pace } = ended;
  const earlier = ended.ranMs >= stableMs ? [] : ended.history.restarts;
  const history = { restarts: [...earlier.slice(-intensity.restarts), ended.now] };
  const recent = earlier.filter(at => ended.now - at < intensity.withinMs).length;
  if (recent >= intensity.restarts) return { delayMs: pace.beyondIntensityMs, loud: recent === intensity.restarts, history };
  const doubled = Math.min(firstDelayMs * 2 ** (earlier.length - 1), pace.longestMs);
  const spread = Math.min(doubled * (0.75 + ended.random / 2), pace.longestMs);
  return { delayMs: earlier.length === 0 ? 0 : spread, loud: false, history };
}
