import { z } from 'zod';

/** Whom a fact names. */
const person = z.strictObject({ id: z.string(), name: z.string() });

/** A training that a person has: until when (ms since 1970; null: it does not expire) and how many uses must still be supervised. */
export const qualificationSchema = z.strictObject({
  training: z.string(),
  until: z.number().nullable(),
  supervised: z.number().int().min(0),
});
export type Qualification = z.infer<typeof qualificationSchema>;

/** What the owner finds out for the rules of a site: one shape per kind. Times are ms since 1970. */
const valueSchema = z.discriminatedUnion('kind', [
  /** Another equipment, from its own status document. `output` of a switch, null for everything else. */
  z.strictObject({
    kind: z.literal('equipment'),
    name: z.string(),
    producing: z.boolean(),
    output: z.enum(['on', 'off']).nullable(),
  }),
  /** A window of the week, in the time of the site: is it now, and when that changes; null: never. */
  z.strictObject({ kind: z.literal('window'), active: z.boolean(), until: z.number().nullable() }),
  /** Who has stated to be in the workshop. */
  z.strictObject({ kind: z.literal('people'), present: z.array(person) }),
  /** Who is present and may supervise this training. */
  z.strictObject({ kind: z.literal('supervisors'), present: z.array(person) }),
  /** Whose booked time it is at this equipment, and whose is the next. */
  z.strictObject({
    kind: z.literal('booking'),
    current: person.extend({ until: z.number() }).nullable(),
    next: person.extend({ from: z.number() }).nullable(),
  }),
  /** What the person in control is trained for. */
  z.strictObject({ kind: z.literal('holder'), id: z.string(), qualifications: z.array(qualificationSchema) }),
]);
export type FactValue = z.infer<typeof valueSchema>;
export type FactKind = FactValue['kind'];

/** A fact with its time, or why it could not be had: what cannot be had refuses, it is never guessed. */
export const siteFactSchema = z.discriminatedUnion('known', [
  z.strictObject({ known: z.literal(true), at: z.number(), value: valueSchema }),
  z.strictObject({ known: z.literal(false), at: z.number(), why: z.string() }),
]);
export type SiteFact = z.infer<typeof siteFactSchema>;

/** What a rule must know; the key under which the owner leaves it. */
export type FactNeed =
  | { readonly kind: 'equipment'; readonly id: string }
  /** `HH:MM` in the time of the site; `to` before `from` ends on the next day. Days 1 (Monday) to 7 on which it begins; empty: every day. */
  | { readonly kind: 'window'; readonly from: string; readonly to: string; readonly days: readonly number[] }
  | { readonly kind: 'people' }
  | { readonly kind: 'supervisors'; readonly training: string }
  | { readonly kind: 'booking' }
  | { readonly kind: 'holder' };

/** The key of a need, stable and readable: `equipment/extractor`, `window/20:00-06:00/135`. */
export function keyOf(need: FactNeed): string {
  switch (need.kind) {
    case 'equipment':
      return `equipment/${need.id}`;
    case 'window':
      return `window/${need.from}-${need.to}/${[...need.days].sort().join('')}`;
    case 'supervisors':
      return `supervisors/${need.training}`;
    default:
      return need.kind;
  }
}

/** By key. */
export type SiteFacts = Readonly<Record<string, SiteFact>>;

/** The value of a need when it is known and of its kind; otherwise why it is not. */
export function factOf<K extends FactKind>(
  facts: SiteFacts,
  need: FactNeed & { readonly kind: K },
): Extract<FactValue, { kind: K }> | { readonly kind: 'unknown'; readonly why: string } {
  const fact = facts[keyOf(need)];
  if (!fact) return { kind: 'unknown', why: 'it has not been looked up yet' };
  if (!fact.known) return { kind: 'unknown', why: fact.why };
  return fact.value.kind === need.kind
    ? (fact.value as Extract<FactValue, { kind: K }>)
    : { kind: 'unknown', why: 'what was found is something else' };
}
