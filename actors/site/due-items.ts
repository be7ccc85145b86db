import type { DueItem } from '../../statecharts/equipment/context.ts';
import { dueByDays } from './facts.ts';
import type { Plan, SiteRows } from './site-rows.ts';

/** The maintenance of an equipment that is due, by its days or by its hours, whichever was over first. */
export function dueItems({ plans }: SiteRows, equipment: string, now: number): DueItem[] {
  return (plans.get(equipment) ?? []).flatMap(plan => {
    const since = dueSince(plan, now);
    return since === null ? [] : [{ id: plan.id, text: plan.text, since, enforced: plan.enforced }];
  });
}

function dueSince(plan: Plan, now: number): number | null {
  const byDays = dueByDays(plan);
  const over = [byDays !== null && byDays <= now ? byDays : [], plan.hoursOverAt ?? []].flat();
  return over.length === 0 ? null : Math.min(...over);
}
