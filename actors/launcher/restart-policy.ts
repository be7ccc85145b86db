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

const stableMs = 60_000;
const firstDelayMs = 200;
const longestDelayMs = 10_000;
const intensity = { restarts: 8, withinMs: 60_000, pauseMs: 30_000 };

export const noRestarts: RestartHistory = { restarts: [] };

/**
 * The first restart comes at once: a restarted node must hold its machines within seconds. Then the pause doubles, with jitter, until a run
 * was stable. Beyond the intensity it becomes long, but never ends: in a workshop a gateway that cannot live must not take down the node
 * that runs a machine, which is what escalating to the launcher would do.
 */
export function decideRestart(ended: { history: RestartHistory; ranMs: number; now: number; random: number }): RestartDecision {
  const earlier = ended.ranMs >= stableMs ? [] : ended.history.restarts;
  const history = { restarts: [...earlier.slice(-intensity.restarts), ended.now] };
  const recent = earlier.filter(at => ended.now - at < intensity.withinMs).length;
  if (recent >= intensity.restarts) return { delayMs: intensity.pauseMs, loud: recent === intensity.restarts, history };
  const doubled = Math.min(firstDelayMs * 2 ** (earlier.length - 1), longestDelayMs);
  return { delayMs: earlier.length === 0 ? 0 : doubled * (0.75 + ended.random / 2), loud: false, history };
}
