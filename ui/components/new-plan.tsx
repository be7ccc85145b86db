import { useState } from 'preact/hooks';
import type { PlanDraft } from '../client/maintenance.ts';
import { slugOf } from '../client/slug.ts';
import { RoleKey } from './role-key.tsx';

interface NewPlanProps {
  readonly equipment: string;
  readonly save: (id: string, plan: PlanDraft) => Promise<void>;
}

/** The form of a maintenance plan: what is done, after how many days or hours of work, and whether nobody uses the machine while it is due. */
export function NewPlan({ equipment, save }: NewPlanProps) {
  const [text, setText] = useState('');
  const [days, setDays] = useState('');
  const [hours, setHours] = useState('');
  const [enforced, setEnforced] = useState(false);
  const plan = { equipment, text: text.trim(), everyDays: countOf(days), everyHours: countOf(hours), enforced };
  const id = slugOf(`${equipment} ${text}`).replace(/-+$/, '');
  return (
    <div class="said">
      <div class="field">
        <label for="plan-text">What is to be done</label>
        <input id="plan-text" type="text" maxLength={120} value={text} onInput={event => setText(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="plan-days">Every so many days</label>
        <input id="plan-days" type="number" min={1} max={3650} value={days} onInput={event => setDays(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="plan-hours">Every so many hours of work</label>
        <input id="plan-hours" type="number" min={1} max={100_000} value={hours} onInput={event => setHours(event.currentTarget.value)} />
      </div>
      <label class="tick">
        <input type="checkbox" checked={enforced} onChange={event => setEnforced(event.currentTarget.checked)} />
        nobody uses the machine while it is due
      </label>
      <RoleKey needs="maintainer" label="Plan it" press={() => void save(id, plan)} lacks={lacksOf(plan)} />
    </div>
  );
}

function countOf(text: string): number | null {
  const count = Number.parseInt(text, 10);
  return count > 0 ? count : null;
}

function lacksOf({ text, everyDays, everyHours }: PlanDraft): string | undefined {
  if (text === '') return 'say what is to be done';
  return everyDays === null && everyHours === null ? 'say after how many days or hours' : undefined;
}
