import { sql, type Transaction } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../actors/storage/database.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import { newestRules } from '../../actors/storage/site-rules.ts';
import { type PlacedRule, type RuleCheck, type RuleProblem, sentenceOf, usualLoss } from '../../statecharts/site/check.ts';
import { type TemplateName, templateNames, templates } from '../../statecharts/site/templates.ts';
import {
  type RuleRequest,
  type RuleVersion,
  ruleAnswer,
  ruleCheckAnswer,
  ruleCheckRequest,
  ruleList,
  ruleRequest,
  templateList,
} from '../contract/site.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { checkWith } from './checked-site.ts';
import { badId, siteId } from './ids.ts';
import type { SiteDesk } from './site-desk.ts';

const base = '/api/v1/site/rules';

/** `/api/v1/site/rules/...` */
export function ruleRoutes(desk: SiteDesk): Route[] {
  return [...readRoutes(desk), ...changeRoutes(desk)];
}

function readRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'The newest version of every rule of the site, in force or not.',
      answers: ruleList,
      handle: async () => ({ json: { items: await desk.door.ask(db => readVersions(db, null)) } }),
    }),
    route({
      method: 'GET',
      path: `${base}/templates`,
      access: 'viewer',
      summary: 'The kinds of rules that there are, with the schema of their settings and what usually becomes of a run that loses one.',
      answers: templateList,
      handle: async () => ({ json: { items: templateNames.map(describe) } }),
    }),
    route({
      method: 'GET',
      path: `${base}/{id}/history`,
      access: 'viewer',
      summary: 'Every version of a rule, newest first, with who made it.',
      answers: ruleList,
      handle: async call => {
        const items = await desk.door.ask(db => readVersions(db, call.params.id ?? ''));
        return items.length === 0 ? unknownRule() : { json: { items } };
      },
    }),
  ];
}

function changeRoutes(desk: SiteDesk): Route[] {
  const setActive = (active: boolean) => ({
    method: 'POST' as const,
    path: `${base}/{id}/${active ? 'activate' : 'deactivate'}`,
    access: 'administrator' as const,
    answers: ruleAnswer,
    handle: (call: { readonly caller: SignedIn; readonly params: Readonly<Record<string, string>> }) =>
      switchRule(desk, call.caller, { id: call.params.id ?? '', active }),
  });
  return [
    route({
      method: 'POST',
      path: `${base}/check`,
      access: 'administrator',
      summary: 'Try a rule: what would be wrong with it in force together with all others. Changes nothing.',
      body: ruleCheckRequest,
      answers: ruleCheckAnswer,
      handle: async call => {
        const { id, ...wanted } = call.body;
        return { json: plain(await desk.door.ask(db => checkWith(db, placed(id, 1, { ...wanted, active: true })))) };
      },
    }),
    route({
      method: 'PUT',
      path: `${base}/{id}`,
      access: 'administrator',
      summary: 'Make a new version of a rule. One that is to be in force is checked first; a machine that runs loses it by `onLoss`.',
      body: ruleRequest,
      answers: ruleAnswer,
      handle: call => putRule(desk, call.caller, { id: call.params.id ?? '', wanted: call.body }),
    }),
    route({ ...setActive(true), summary: 'Put the newest version of a rule into force, after the same check.' }),
    route({ ...setActive(false), summary: 'Put a rule out of force.' }),
  ];
}

async function putRule(desk: SiteDesk, caller: SignedIn, { id, wanted }: { id: string; wanted: RuleRequest }): Promise<Answer | Refused> {
  if (!siteId.test(id)) return badId();
  const settings = templates[wanted.template].params.safeParse(wanted.params);
  if (!settings.success) {
    const [issue] = settings.error.issues;
    return refuse('invalid', `params.${issue?.path.map(String).join('.')}: ${issue?.message ?? 'not valid'}`);
  }
  const parsed = { ...wanted, params: settings.data as Record<string, unknown> };
  return saveVersion(desk, caller, { id, next: async () => parsed });
}

function switchRule(desk: SiteDesk, caller: SignedIn, { id, active }: { id: string; active: boolean }): Promise<Answer | Refused> {
  const next = async (tx: Transaction<Tables>) => {
    const newest = await tx.selectFrom('site_rule').selectAll().where('id', '=', id).orderBy('version', 'desc').limit(1).executeTakeFirst();
    if (!newest) return unknownRule();
    const { template, params, equipment, on_loss: onLoss } = newest;
    return { template, params, equipment, onLoss, active } as RuleRequest;
  };
  return saveVersion(desk, caller, { id, next });
}

interface Saving {
  readonly id: string;
  next(tx: Transaction<Tables>): Promise<RuleRequest | Refused>;
}

async function saveVersion(desk: SiteDesk, caller: SignedIn, { id, next }: Saving): Promise<Answer | Refused> {
  let warnings: RuleCheck['warnings'] = [];
  const done = await desk.change({ caller, type: 'rule.changed' }, async tx => {
    // Two rules that contradict each other must not be put into force at the same moment.
    await sql`lock table site_rule in share row exclusive mode`.execute(tx);
    const wanted = await next(tx);
    if (isRefused(wanted)) return wanted;
    const last = await tx
      .selectFrom('site_rule')
      .select('version')
      .where('id', '=', id)
      .orderBy('version', 'desc')
      .limit(1)
      .executeTakeFirst();
    const rule = placed(id, (last?.version ?? 0) + 1, wanted);
    const check = wanted.active ? await checkWith(tx, rule) : { errors: [], warnings: [] };
    if (check.errors.length > 0) return contradiction(check.errors);
    warnings = check.warnings;
    const { version, template, params, onLoss, equipment } = rule;
    const row = { id, version, template, on_loss: onLoss, active: wanted.active, changed_by: caller.id };
    await tx
      .insertInto('site_rule')
      .values({ ...row, params: JSON.stringify(params), equipment: equipment === null ? null : JSON.stringify(equipment) })
      .execute();
    return { ...rule, active: wanted.active };
  });
  if (isRefused(done)) return done;
  const [rule] = await desk.door.ask(db => readVersions(db, id));
  return { json: { rule, warnings: plain({ errors: [], warnings }).warnings } };
}

function placed(id: string, version: number, { template, params, onLoss, equipment }: RuleRequest): PlacedRule {
  return { id, version, template, params, onLoss: onLoss ?? usualLoss[template], equipment };
}

function contradiction(errors: readonly RuleProblem[]): Refused {
  const reasons = errors.map(({ code, message, path }) => ({
    code,
    message: `${message} ${path.map(({ rule, equipment, sentence }) => `${rule} at ${equipment}: ${sentence}`).join(' → ')}`,
  }));
  return refuse('rules-contradict', 'This rule was not put into force: with it, equipment could never start. The reasons name the rules.', {
    reasons,
  });
}

function plain({ errors, warnings }: RuleCheck) {
  const copy = (problems: readonly RuleProblem[]) =>
    problems.map(problem => ({ ...problem, path: problem.path.map(link => ({ ...link })) }));
  return { errors: copy(errors), warnings: copy(warnings) };
}

function describe(template: TemplateName) {
  const { $schema: _, ...params } = z.toJSONSchema(templates[template].params, { io: 'input' });
  return { template, title: templates[template].title, onLoss: usualLoss[template], params };
}

function unknownRule(): Refused {
  return refuse('not-found', 'There is no such rule.');
}

/** Every version of one rule, newest first, or the newest of all. */
async function readVersions(db: Database, id: string | null): Promise<RuleVersion[]> {
  const versions = id === null ? newestRules(db) : db.selectFrom('site_rule').selectAll().where('id', '=', id);
  const rows = await db
    .selectFrom(versions.as('rule'))
    .innerJoin('person', 'person.id', 'rule.changed_by')
    .selectAll('rule')
    .select('person.name as changer')
    .orderBy('rule.id')
    .orderBy('rule.version', 'desc')
    .execute();
  return rows.map(row => ({
    id: row.id,
    version: row.version,
    template: row.template,
    params: row.params as Record<string, unknown>,
    equipment: row.equipment as string[] | null,
    onLoss: row.on_loss,
    active: row.active,
    sentence: row.template in templates ? sentenceOf(row.template as TemplateName, row.params) : 'This release does not know such rules.',
    changedBy: { id: row.changed_by, name: row.changer },
    changedAt: row.changed_at.getTime(),
  }));
}
