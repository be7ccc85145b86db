import type { StopStage } from '../contract/live.ts';
import type { NodeLine } from './node-sockets.ts';

export interface PressOutcome {
  /** The stop byte is with the operating system of each machine's node. */
  readonly written: boolean;
  /** Each machine has said itself that it rests. */
  readonly confirmed: boolean;
}

export interface PressSoFar {
  /** An id, or `all`. */
  readonly equipment: string;
  readonly stages: readonly StopStage[];
}

/**
 * What has come of a press. `all` is every machine that a node lists or that answered; neither is true of it while a node is silent, or where no
 * node or no machine is known.
 */
export function outcomeOf({ equipment, stages }: PressSoFar, nodes: readonly NodeLine[]): PressOutcome {
  const answered = stages.map(stage => stage.equipment).filter(id => id !== 'all');
  const machines = equipment === 'all' ? new Set([...nodes.flatMap(node => node.equipment), ...answered]) : new Set([equipment]);
  const isKnown = equipment !== 'all' || (machines.size > 0 && nodes.length > 0 && nodes.every(node => node.alive));
  const every = (...reached: readonly StopStage['stage'][]) =>
    isKnown && [...machines].every(id => stages.some(one => one.equipment === id && reached.includes(one.stage)));
  return { written: every('written', 'confirmed'), confirmed: every('confirmed') };
}
