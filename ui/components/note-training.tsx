import { useState } from 'preact/hooks';
import type { NotedTraining, Training } from '../client/people.ts';
import { Choice } from './choice.tsx';
import { RoleKey } from './role-key.tsx';

/** The form of one training of one person. */
export function NoteTraining({ trainings, save }: { trainings: readonly Training[]; save: (note: NotedTraining) => Promise<void> }) {
  const [training, setTraining] = useState('');
  const [day, setDay] = useState('');
  const [supervised, setSupervised] = useState('0');
  const [maySupervise, setMaySupervise] = useState(false);
  const note = (): void => void save({ training, until: endOf(day), supervised: Number(supervised), maySupervise });
  return (
    <div class="form-grid">
      <Choice
        id="note-training"
        label="Training"
        none="choose …"
        options={trainings.map(({ id, title }) => [id, title])}
        value={training}
        choose={setTraining}
      />
      <div class="field">
        <label for="note-until">Valid until; empty: it does not expire</label>
        <input id="note-until" type="date" value={day} onInput={event => setDay(event.currentTarget.value)} />
      </div>
      <div class="field">
        <label for="note-supervised">Supervised uses first</label>
        <input
          id="note-supervised"
          type="number"
          min={0}
          max={50}
          value={supervised}
          onInput={event => setSupervised(event.currentTarget.value)}
        />
      </div>
      <label class="tick">
        <input type="checkbox" checked={maySupervise} onChange={event => setMaySupervise(event.currentTarget.checked)} />
        may supervise others
      </label>
      <RoleKey needs="maintainer" label="Note it" press={note} lacks={training === '' ? 'choose a training' : undefined} />
    </div>
  );
}

/** A training counts to the end of its last day; null without one. */
function endOf(day: string): number | null {
  return day === '' ? null : new Date(`${day}T23:59:59`).getTime();
}
