import type { z } from 'zod';
import { equipmentAt } from '../../actors/equipment/equipment-at.ts';
import type { stateAt } from '../contract/resources.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { type Refused, refuse } from '../http/problems.ts';

/** An equipment's status after an event, derived anew from the journal and compared with it; or the first place where they disagree. */
export async function readStateAt(
  door: DatabaseDoor,
  asked: { readonly id: string; readonly seq: number; readonly from: 'snapshot' | 'start' },
): Promise<z.infer<typeof stateAt> | Refused> {
  const replayed = await door.ask(db => equipmentAt(db, asked));
  if (replayed.ok) return { replay: 'verified', from: replayed.base, status: replayed.status };
  if (replayed.code === 'diverged') return { replay: 'diverged', from: replayed.base, divergence: { ...replayed.divergence } };
  return notDerived(replayed.code);
}

/** Why there is no state after an event. */
export function notDerived(code: 'unknown-seq' | 'no-snapshot' | 'other-chart'): Refused {
  switch (code) {
    case 'unknown-seq':
      return refuse('unknown-seq', 'The journal of this equipment has no such event.');
    case 'no-snapshot':
      return refuse('state-not-kept', 'No state was kept before this event, so there is nothing to begin from; ask for a later one.');
    case 'other-chart':
      return refuse('other-chart', 'This was recorded by another form of the chart: the release of that time can derive it.');
  }
}
