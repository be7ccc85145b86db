import { z } from 'zod';
import type { RuleTemplate } from '../../statecharts/site/template.ts';
import { type TemplateName, templates } from '../../statecharts/site/templates.ts';

/** One field of the form of a rule, made from the params of its template. */
export interface ParamField {
  readonly name: string;
  readonly label: string;
  readonly kind: 'equipment' | 'training' | 'time' | 'days' | 'number' | 'text';
  readonly min?: number;
  readonly max?: number;
}

/** What the fields of a form say, by name; days as their numbers. */
export type ParamTexts = Readonly<Record<string, string | readonly string[]>>;

const labels: Readonly<Record<string, string>> = {
  equipment: 'Which other equipment',
  training: 'Which training',
  from: 'From',
  to: 'To',
  days: 'Beginning on these days; none: every day',
  people: 'People who must be present',
};

interface Property {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly items?: Property;
}

/** The fields that a template asks for, in its own order: a new template needs no new form. */
export function paramFields(name: TemplateName): readonly ParamField[] {
  const schema = z.toJSONSchema(templates[name].params, { io: 'input' });
  return Object.entries((schema.properties ?? {}) as Record<string, Property>).map(([key, property]) => ({
    name: key,
    label: labels[key] ?? key,
    kind: kindOf(key, property),
    ...(property.minimum === undefined ? {} : { min: property.minimum }),
    ...(property.maximum === undefined ? {} : { max: property.maximum }),
  }));
}

/** Things that W.I.T. knows are chosen, not typed; the rest follows from the shape of the value. */
function kindOf(key: string, { type, pattern }: Property): ParamField['kind'] {
  if (key === 'equipment' || key === 'training') return key;
  if (type === 'integer' || type === 'number') return 'number';
  if (type === 'array') return 'days';
  return pattern?.includes(':[0-5]') ? 'time' : 'text';
}

/** The params that the texts stand for, or what is missing or does not fit, in words. */
export function paramsOf(
  name: TemplateName,
  texts: ParamTexts,
): { readonly ok: true; readonly params: Record<string, unknown> } | { readonly ok: false; readonly missing: string } {
  const fields = paramFields(name);
  const raw = Object.fromEntries(fields.map(field => [field.name, saidValue(field, texts[field.name])]));
  const parsed = (templates[name] as RuleTemplate<unknown>).params.safeParse(raw);
  if (parsed.success) return { ok: true, params: raw };
  const wrong = fields.find(field => field.name === parsed.error.issues[0]?.path[0]);
  return { ok: false, missing: `${wrong?.label ?? 'settings'}: not said yet, or not possible` };
}

function saidValue({ kind }: ParamField, text: string | readonly string[] | undefined): unknown {
  if (kind === 'days') return (Array.isArray(text) ? text : []).map(Number);
  if (kind === 'number') return text === undefined || text === '' ? undefined : Number(text);
  return text;
}

/** The texts that stand for the params of a rule as it is. */
export function textsOf(params: Readonly<Record<string, unknown>>): ParamTexts {
  return Object.fromEntries(Object.entries(params).map(([key, value]) => [key, Array.isArray(value) ? value.map(String) : String(value)]));
}
