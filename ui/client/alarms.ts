import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';

export type StandingAlarm = EquipmentStatus['alarms'][number];

/** What a priority asks of people. */
export const priorityWords: Readonly<Record<StandingAlarm['priority'], string>> = { 1: 'act now', 2: 'soon', 3: 'to be known' };

/** Not seen before seen, then by priority; of equals the one that came first, because what followed is often its consequence. */
export function worstFirst(a: StandingAlarm, b: StandingAlarm): number {
  const seen = Number(a.acknowledged !== null) - Number(b.acknowledged !== null);
  return seen || a.priority - b.priority || Number(b.first) - Number(a.first) || a.at - b.at;
}
