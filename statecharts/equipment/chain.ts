import type { ChainInputs } from './reports.ts';

/** What the inputs of a chain come to, the worst first. */
export type ChainState = 'estop' | 'protectiveStop' | 'resetRequired' | 'ok';

/** What the inputs of the emergency-stop chain come to. */
export function chainState(inputs: ChainInputs): ChainState {
  if (inputs.emergencyStop === false) return 'estop';
  if (inputs.protectiveStop === false) return 'protectiveStop';
  return inputs.resetRequired === true ? 'resetRequired' : 'ok';
}

/** Is it this, or anything but whole? */
export function chainFits(state: ChainState, wanted: ChainState | 'lost'): boolean {
  return wanted === 'lost' ? state !== 'ok' : state === wanted;
}

/** Which of extraction, air and coolant are wired and missing. */
export function missingSupplies(inputs: ChainInputs): readonly ('extraction' | 'air' | 'coolant')[] {
  return (['extraction', 'air', 'coolant'] as const).filter(name => inputs[name] === false);
}
