import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';

/** What a rule asks of another equipment: does it run? Or why that cannot be told. */
export type EquipmentView =
  | { readonly known: true; readonly name: string; readonly producing: boolean; readonly output: 'on' | 'off' | null }
  | { readonly known: false; readonly why: string };

type Seen = Pick<EquipmentStatus, 'name' | 'profile' | 'tags' | 'truth' | 'value'>;

/** The view that a status document gives: only what is live is known. */
export function viewOf({ name, profile, tags, truth, value }: Seen): EquipmentView {
  if (truth !== 'live') return { known: false, why: `the state of ${name} is ${truth}` };
  if (profile !== 'switch') return { known: true, name, producing: tags.includes('producing'), output: null };
  const { output } = value;
  if (output !== 'on' && output !== 'off') return { known: false, why: `${name} has not been read yet` };
  return { known: true, name, producing: false, output };
}
