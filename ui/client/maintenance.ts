import { z } from 'zod';
import { type PlanEntry, planList, type planRequest } from '../../gateway/contract/site.ts';
import type { Api, ApiResult } from './api.ts';

/** A plan as a form makes it. */
export type PlanDraft = Required<z.input<typeof planRequest>>;

/** What is to be done at one equipment again and again. */
export async function listPlans(api: Api, equipment: string): Promise<ApiResult<readonly PlanEntry[]>> {
  const answer = await api.ask({ method: 'GET', path: `site/maintenance?equipment=${equipment}`, answer: planList });
  return answer.ok ? { ok: true, value: answer.value.items } : answer;
}

export function noteDone(api: Api, id: string): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'POST', path: `site/maintenance/${id}/done`, json: {}, answer: z.unknown() });
}

export function savePlan(api: Api, id: string, plan: PlanDraft): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'PUT', path: `site/maintenance/${id}`, json: plan, answer: z.unknown() });
}

export function removePlan(api: Api, id: string): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'DELETE', path: `site/maintenance/${id}`, answer: z.unknown() });
}

/** `every 30 days or 100 hours of work` */
export function rhythmWords({ everyDays, everyHours }: Pick<PlanEntry, 'everyDays' | 'everyHours'>): string {
  const days = everyDays === null ? [] : [`${everyDays} days`];
  const hours = everyHours === null ? [] : [`${everyHours} hours of work`];
  return `every ${[...days, ...hours].join(' or ')}`;
}
