import { z } from 'zod';
import { type RuleVersion, ruleAnswer, ruleCheckAnswer, ruleList } from '../../gateway/contract/site.ts';
import type { OnLoss } from '../../statecharts/site/rule.ts';
import type { TemplateName } from '../../statecharts/site/templates.ts';
import type { Api, ApiResult } from './api.ts';

export type RuleCheck = z.infer<typeof ruleCheckAnswer>;
export type RuleProblem = RuleCheck['errors'][number];

/** A rule as a form makes it; `equipment` null: every equipment. */
export interface RuleDraft {
  readonly id: string;
  readonly template: TemplateName;
  readonly params: Readonly<Record<string, unknown>>;
  readonly equipment: readonly string[] | null;
  readonly onLoss: OnLoss;
}

/** The newest version of every rule, in force or not. */
export function listRules(api: Api): Promise<ApiResult<readonly RuleVersion[]>> {
  return versions(api, 'site/rules');
}

/** Every version of one rule, the newest first. */
export function listVersions(api: Api, id: string): Promise<ApiResult<readonly RuleVersion[]>> {
  return versions(api, `site/rules/${id}/history`);
}

async function versions(api: Api, path: string): Promise<ApiResult<readonly RuleVersion[]>> {
  const answer = await api.ask({ method: 'GET', path, answer: ruleList });
  return answer.ok ? { ok: true, value: answer.value.items } : answer;
}

/** What would be wrong if this rule were in force together with the others; changes nothing. */
export function checkRule(api: Api, rule: RuleDraft): Promise<ApiResult<RuleCheck>> {
  return api.ask({ method: 'POST', path: 'site/rules/check', json: rule, answer: ruleCheckAnswer });
}

/** Keeps a rule as its next version, in force or for later. */
export function saveRule(api: Api, { id, ...rule }: RuleDraft, active: boolean): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'PUT', path: `site/rules/${id}`, json: { ...rule, active }, answer: ruleAnswer });
}

export function setInForce(api: Api, id: string, active: boolean): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'POST', path: `site/rules/${id}/${active ? 'activate' : 'deactivate'}`, json: {}, answer: z.unknown() });
}
