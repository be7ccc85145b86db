import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';

type Served = Pick<EquipmentStatus, 'value' | 'locks' | 'outOfService' | 'serviceDue'>;

/** May the machine be used at all: one word, and the line beside it. `withdrawn` when it may not. */
export function serviceWords({ value, locks, outOfService, serviceDue }: Served): {
  readonly word: string;
  readonly more: string;
  readonly withdrawn: boolean;
} {
  const due = serviceDue.map(item => item.text).join(', ');
  switch (value.maintenance) {
    case 'lockedOut':
      return { word: 'locked out', more: `by ${locks.map(lock => lock.byName).join(', ')}`, withdrawn: true };
    case 'outOfService':
      return { word: 'out of service', more: outOfService?.reason ?? '', withdrawn: true };
    case 'due':
      return { word: 'service due', more: due, withdrawn: serviceDue.some(item => item.enforced) };
    default:
      return { word: 'in service', more: due === '' ? 'nothing due' : due, withdrawn: false };
  }
}

type Chain = NonNullable<EquipmentStatus['chain']>;

/** Inputs of the safety chain and of what feeds the machine, with the words for good and bad. */
const inputs: readonly (readonly [keyof Chain, string, string, string])[] = [
  ['emergencyStop', 'Emergency stop', 'not pressed', 'pressed'],
  ['protectiveStop', 'Protective device', 'clear', 'has stopped it'],
  ['extraction', 'Extraction', 'runs', 'does not run'],
  ['air', 'Air', 'there', 'missing'],
  ['coolant', 'Coolant', 'there', 'missing'],
];

export interface ChainRow {
  readonly name: string;
  readonly words: string;
  readonly good: boolean | null;
}

/** One row per input; null for one that is not wired, because nothing is known of it. */
export function chainRows(chain: EquipmentStatus['chain']): readonly ChainRow[] {
  return inputs.map(([key, name, good, bad]) => {
    const input = chain?.[key];
    if (input === undefined) return { name, words: 'not wired', good: null };
    return { name, words: input ? good : bad, good: input };
  });
}
