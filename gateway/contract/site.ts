import { z } from 'zod';
import { roleSchema } from '../../statecharts/caller.ts';
import { qualificationSchema } from '../../statecharts/site/fact.ts';
import { onLossSchema } from '../../statecharts/site/rule.ts';
import { templateNames } from '../../statecharts/site/templates.ts';

/** Times are ms since 1970. */
const time = z.number().int().min(0);
const idOf = z.string().regex(/^[a-z0-9-]{1,40}$/);
const text = z.string().trim().min(1).max(120);
const personName = z.strictObject({ id: z.string(), name: z.string() });

/** PUT site/people/{id}/account: what somebody may do here. `disabled`: they may not log in, and every session of theirs ends. */
export const accountRequest = z.strictObject({ role: roleSchema, disabled: z.boolean() });

/** PUT site/trainings/{id} */
export const trainingRequest = z.strictObject({ title: text });
export const trainingSchema = z.strictObject({ id: z.string(), title: z.string() });
/** GET site/trainings */
export const trainingList = z.strictObject({ items: z.array(trainingSchema) });

/** POST site/people/{id}/trainings: replaces what was noted before. `supervised`: so many first uses need a supervisor beside them. */
export const noteTrainingRequest = z.strictObject({
  training: idOf,
  from: time.optional(),
  until: time.nullable().default(null),
  supervised: z.number().int().min(0).max(1_000).default(0),
  maySupervise: z.boolean().default(false),
});
const notedTrainingSchema = qualificationSchema.extend({ from: z.number(), maySupervise: z.boolean(), notedBy: personName });
/** GET site/people */
export const trainedPeopleList = z.strictObject({ items: z.array(personName.extend({ trainings: z.array(notedTrainingSchema) })) });

/** GET site/operators: to whom control can be handed over. */
export const operatorList = z.strictObject({ items: z.array(personName) });

/** POST site/bookings; without a person for the caller. */
export const bookingRequest = z.strictObject({ equipment: idOf, from: time, until: time, person: z.string().max(80).optional() });
export const bookingSchema = z.strictObject({
  id: z.string(),
  equipment: z.string(),
  person: personName,
  from: z.number(),
  until: z.number(),
});
/** GET site/bookings */
export const bookingList = z.strictObject({ items: z.array(bookingSchema) });

/** PUT site/rules/{id}; POST site/rules/check takes the same with the id. Without `onLoss` what is usual for the template. */
export const ruleRequest = z.strictObject({
  template: z.enum(templateNames),
  params: z.record(z.string(), z.unknown()),
  /** Ids; null: all. */
  equipment: z.array(idOf).min(1).max(200).nullable(),
  onLoss: onLossSchema.optional(),
  active: z.boolean().default(true),
});
export type RuleRequest = z.infer<typeof ruleRequest>;
export const ruleCheckRequest = ruleRequest.omit({ active: true }).extend({ id: idOf });

const ruleProblemSchema = z.strictObject({
  code: z.string(),
  message: z.string(),
  /** The chain of rules that leads there. */
  path: z.array(z.strictObject({ rule: z.string(), equipment: z.string(), sentence: z.string() })),
});
/** POST site/rules/check: with errors the rule would not be put into force. */
export const ruleCheckAnswer = z.strictObject({ errors: z.array(ruleProblemSchema), warnings: z.array(ruleProblemSchema) });

export const ruleVersionSchema = z.strictObject({
  id: z.string(),
  version: z.number(),
  template: z.string(),
  params: z.record(z.string(), z.unknown()),
  equipment: z.array(z.string()).nullable(),
  onLoss: z.string(),
  active: z.boolean(),
  /** The rule in words. */
  sentence: z.string(),
  changedBy: personName,
  changedAt: z.number(),
});
export type RuleVersion = z.infer<typeof ruleVersionSchema>;
/** GET site/rules and site/rules/{id}/history */
export const ruleList = z.strictObject({ items: z.array(ruleVersionSchema) });
/** PUT site/rules/{id} and activating: the new version, and what to know about it. */
export const ruleAnswer = z.strictObject({ rule: ruleVersionSchema, warnings: z.array(ruleProblemSchema) });

/** GET site/rules/templates; `params` as JSON schema. */
export const templateList = z.strictObject({
  items: z.array(
    z.strictObject({ template: z.string(), title: z.string(), onLoss: onLossSchema, params: z.record(z.string(), z.unknown()) }),
  ),
});

/** PUT site/maintenance/{id}: due after so many days, or so many hours of work, or whichever comes first. */
export const planRequest = z
  .strictObject({
    equipment: idOf,
    text,
    everyDays: z.number().int().min(1).max(3_650).nullable().default(null),
    everyHours: z.number().int().min(1).max(100_000).nullable().default(null),
    /** While it is due the equipment cannot be used. */
    enforced: z.boolean(),
  })
  .refine(plan => plan.everyDays !== null || plan.everyHours !== null, 'say after how many days or hours it is due');
export const planSchema = z.strictObject({
  id: z.string(),
  equipment: z.string(),
  text: z.string(),
  everyDays: z.number().nullable(),
  everyHours: z.number().nullable(),
  enforced: z.boolean(),
  lastDoneAt: z.number(),
  doneBy: personName.nullable(),
  /** Hours of work since then. */
  hoursSince: z.number(),
  due: z.boolean(),
});
export type PlanEntry = z.infer<typeof planSchema>;
/** GET site/maintenance */
export const planList = z.strictObject({ items: z.array(planSchema) });
