import { canonicalJson, fnv64 } from './canonical.ts';

/** Which chart a snapshot, a status or a journal belongs to: unknown means quarantine, never a guess (G13). */
export interface ChartIdentity {
  readonly id: string;
  readonly version: string;
  /** Structural: changes with any state, transition, guard, param or action name; not with implementations. */
  readonly hash: string;
}

/** Identity of a chart, from its plain configuration. */
export function chartIdentity(chart: {
  readonly id: string;
  readonly version?: string | undefined;
  readonly config: unknown;
}): ChartIdentity {
  return { id: chart.id, version: chart.version ?? '0.0.0', hash: fnv64(canonicalJson(chart.config)) };
}
