import { useState } from 'preact/hooks';
import { z } from 'zod';
import type { RuleVersion } from '../../gateway/contract/site.ts';
import { sentenceOf, usualLoss } from '../../statecharts/site/check.ts';
import { type OnLoss, onLossSchema } from '../../statecharts/site/rule.ts';
import { type TemplateName, templateNames, templates } from '../../statecharts/site/templates.ts';
import type { ApiError } from '../client/api.ts';
import { type ParamTexts, paramFields, paramsOf, textsOf } from '../client/rule-form.ts';
import { checkRule, type RuleCheck, type RuleDraft, saveRule } from '../client/rules.ts';
import { lossWords } from '../client/site-rules.ts';
import { slugOf } from '../client/slug.ts';
import { Choice } from './choice.tsx';
import { useServices } from './hooks.ts';
import { ParamInputs } from './param-inputs.tsx';
import { RoleKey } from './role-key.tsx';
import { RuleProblems } from './rule-problems.tsx';
import { Ticks } from './ticks.tsx';
import { Trouble } from './trouble.tsx';
import type { Listing } from './use-listing.ts';

type Named = readonly (readonly [string, string])[];

interface RuleFormProps {
  /** The rule that is changed; absent for a new one. */
  readonly before?: RuleVersion;
  readonly equipment: Named;
  readonly trainings: Named;
  readonly act: Listing<unknown>['act'];
  readonly done: () => void;
}

/** What the form says so far. */
interface Draft {
  readonly id: string;
  readonly template: TemplateName;
  readonly texts: ParamTexts;
  readonly places: readonly string[];
  readonly onLoss: OnLoss;
}

/** A rule from a template: its params, where it counts, what becomes of a run; checked before it is put into force. */
export function RuleForm({ before, equipment, trainings, act, done }: RuleFormProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(before));
  const set = (part: Partial<Draft>): void => setDraft({ ...draft, ...part });
  const made = ruleOf(draft);
  return (
    <section class="panel said" aria-label={before ? `Change ${before.id}` : 'New rule'}>
      <h2>{before ? `Change ${before.id}` : 'New rule'}</h2>
      <Choice
        id="rule-template"
        label="Kind of rule"
        options={templateNames.map(name => [name, templates[name].title])}
        value={draft.template}
        choose={name => set({ template: name as TemplateName, texts: {}, onLoss: usualLoss[name as TemplateName] })}
      />
      <ParamInputs
        fields={paramFields(draft.template)}
        texts={draft.texts}
        equipment={equipment}
        trainings={trainings}
        change={(name, value) => set({ texts: { ...draft.texts, [name]: value } })}
      />
      <Ticks label="Where it counts; none: everywhere" options={equipment} chosen={draft.places} set={places => set({ places })} />
      <Choice
        id="rule-loss"
        label="When it is lost while a program runs"
        options={onLossSchema.options.map(name => [name, lossWords[name]])}
        value={draft.onLoss}
        choose={name => set({ onLoss: name as OnLoss })}
      />
      {!before && (
        <div class="field">
          <label for="rule-id">Short name</label>
          <input
            id="rule-id"
            type="text"
            maxLength={40}
            value={draft.id}
            onInput={event => set({ id: slugOf(event.currentTarget.value) })}
          />
        </div>
      )}
      {made.ok && <p class="sentence">{sentenceOf(draft.template, made.rule.params)}</p>}
      <FormKeys key={JSON.stringify(draft)} made={made} act={act} done={done} />
    </section>
  );
}

type Made = { readonly ok: true; readonly rule: RuleDraft } | { readonly ok: false; readonly missing: string };

/** Made anew with each change of the draft: what was checked before says nothing of it. */
function FormKeys({ made, act, done }: { made: Made; act: RuleFormProps['act']; done: () => void }) {
  const { api } = useServices().session;
  const [check, setCheck] = useState<RuleCheck | null>(null);
  const [error, setError] = useState<ApiError | null>(null);
  const lacks = made.ok ? undefined : made.missing;
  const ask = async (): Promise<void> => {
    if (!made.ok) return;
    const answer = await checkRule(api, made.rule);
    setError(answer.ok ? null : answer.error);
    setCheck(answer.ok ? answer.value : null);
  };
  const keep = async (active: boolean): Promise<void> => {
    if (made.ok && (await act(one => saveRule(one, made.rule, active)))) done();
  };
  const unchecked = check === null ? 'check it first' : check.errors.length > 0 ? 'see what is wrong' : undefined;
  return (
    <>
      <Trouble error={error} />
      {check && <RuleProblems check={check} />}
      <div class="rule__keys">
        <RoleKey needs="administrator" label="Check" press={() => void ask()} lacks={lacks} />
        <RoleKey needs="administrator" label="Put into force" press={() => void keep(true)} lacks={lacks ?? unchecked} />
        <RoleKey needs="administrator" label="Keep for later" press={() => void keep(false)} lacks={lacks} />
        <button type="button" class="btn btn--touch btn--quiet" onClick={done}>
          Not now
        </button>
      </div>
    </>
  );
}

function draftOf(before: RuleVersion | undefined): Draft {
  const kind = z.enum(templateNames).safeParse(before?.template);
  if (!before || !kind.success) return { id: '', template: 'equipment-running', texts: {}, places: [], onLoss: 'hold' };
  const onLoss = onLossSchema.catch(usualLoss[kind.data]).parse(before.onLoss);
  return { id: before.id, template: kind.data, onLoss, texts: textsOf(before.params), places: before.equipment ?? [] };
}

function ruleOf({ id, template, texts, places, onLoss }: Draft): Made {
  const params = paramsOf(template, texts);
  if (!params.ok) return params;
  const short = id.replace(/-+$/, '');
  if (short === '') return { ok: false, missing: 'give it a short name' };
  return { ok: true, rule: { id: short, template, params: params.params, equipment: places.length === 0 ? null : places, onLoss } };
}
