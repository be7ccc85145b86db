import { useState } from 'preact/hooks';
import type { Training } from '../client/people.ts';
import { slugOf } from '../client/slug.ts';
import { RoleKey } from './role-key.tsx';

/** The form of a kind of training: what it is called, and the short name that rules use. */
export function NewTraining({ save }: { save: (training: Training) => Promise<boolean> }) {
  const [title, setTitle] = useState('');
  const [id, setId] = useState('');
  const short = id === '' ? slugOf(title) : id;
  const lacks = short === '' ? 'say what it is called' : undefined;
  return (
    <div class="said">
      <div class="field">
        <label for="training-title">What it is called</label>
        <input id="training-title" type="text" maxLength={80} value={title} onInput={event => setTitle(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="training-id">Short name, used by rules</label>
        <input id="training-id" type="text" maxLength={40} value={short} onInput={event => setId(slugOf(event.currentTarget.value))} />
      </div>
      <RoleKey needs="maintainer" label="Set it up" press={() => void save({ id: short, title: title.trim() })} lacks={lacks} />
    </div>
  );
}
