import { useState } from 'preact/hooks';
import type { RuleVersion } from '../../gateway/contract/site.ts';
import { listTrainings } from '../client/people.ts';
import { listRules, setInForce } from '../client/rules.ts';
import { AttentionRail } from '../components/attention-rail.tsx';
import { useFleet } from '../components/fleet-rows.ts';
import { Frame } from '../components/frame.tsx';
import { RoleKey } from '../components/role-key.tsx';
import { RuleForm } from '../components/rule-form.tsx';
import { RuleItem } from '../components/rule-item.tsx';
import { Trouble } from '../components/trouble.tsx';
import { type Listing, useListing } from '../components/use-listing.ts';

/** The rules of the workshop: in force and not, each in one sentence, with its history, and the form that makes one. */
export function RulesPage() {
  const rules = useListing('rules', listRules);
  const trainings = useListing('trainings', listTrainings);
  const [form, setForm] = useState<RuleVersion | 'new' | null>(null);
  const rows = useFleet();
  return (
    <Frame title="Rules" current="rules" rail={<AttentionRail rows={rows} />} railName="Attention">
      <div class="fleet">
        <div class="bar-top">
          <h1>Rules of the workshop</h1>
          <span class="grow" />
          <RoleKey needs="administrator" label="New rule" press={() => setForm(form === 'new' ? null : 'new')} expanded={form === 'new'} />
        </div>
        <div class={form ? 'desk' : 'desk desk--one'}>
          <RuleList rules={rules} change={setForm} />
          {form && (
            <RuleForm
              key={form === 'new' ? 'new' : form.id}
              {...(form === 'new' ? {} : { before: form })}
              equipment={rows.map(row => [row.id, row.summary.name])}
              trainings={(trainings.items ?? []).map(({ id, title }) => [id, title])}
              act={rules.act}
              done={() => setForm(null)}
            />
          )}
        </div>
      </div>
    </Frame>
  );
}

function RuleList({ rules, change }: { rules: Listing<readonly RuleVersion[]>; change: (rule: RuleVersion) => void }) {
  const { items, error, act } = rules;
  return (
    <section class="panel desk__main" aria-label="Rules">
      <Trouble error={error} />
      {!items && !error && <p class="label">Reading …</p>}
      {items?.length === 0 && <p>No rule is set up. Whoever is in control may start a machine as soon as the machine itself allows it.</p>}
      <ul class="rules">
        {items?.map(rule => (
          <RuleItem
            key={rule.id}
            rule={rule}
            change={() => change(rule)}
            setInForce={active => void act(api => setInForce(api, rule.id, active))}
          />
        ))}
      </ul>
    </section>
  );
}
