import type { TargetedEvent } from 'preact';
import type { ParamField, ParamTexts } from '../client/rule-form.ts';
import { Choice } from './choice.tsx';
import { Ticks } from './ticks.tsx';

const days = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'].map((name, i) => [String(i + 1), name] as const);

interface ParamInputsProps {
  readonly fields: readonly ParamField[];
  readonly texts: ParamTexts;
  readonly equipment: readonly (readonly [string, string])[];
  readonly trainings: readonly (readonly [string, string])[];
  readonly change: (name: string, value: string | readonly string[]) => void;
}

/** The form of a rule: one input per param of its template. */
export function ParamInputs(props: ParamInputsProps) {
  return (
    <>
      {props.fields.map(field => (
        <ParamInput key={field.name} field={field} {...props} />
      ))}
    </>
  );
}

function ParamInput({ field, texts, equipment, trainings, change }: ParamInputsProps & { readonly field: ParamField }) {
  const text = texts[field.name];
  const id = `param-${field.name}`;
  const set = (value: string | readonly string[]): void => change(field.name, value);
  switch (field.kind) {
    case 'equipment':
      return <Choice id={id} label={field.label} none="choose …" options={equipment} value={String(text ?? '')} choose={set} />;
    case 'training':
      return <Choice id={id} label={field.label} none="choose …" options={trainings} value={String(text ?? '')} choose={set} />;
    case 'days':
      return <Ticks label={field.label} options={days} chosen={Array.isArray(text) ? text : []} set={set} />;
    default:
      return <Typed field={field} id={id} value={String(text ?? '')} set={set} />;
  }
}

function Typed({ field, id, value, set }: { field: ParamField; id: string; value: string; set: (value: string) => void }) {
  const common = { id, value, onInput: (event: TargetedEvent<HTMLInputElement>): void => set(event.currentTarget.value) };
  return (
    <div class="field">
      <label for={id}>{field.label}</label>
      {field.kind === 'time' && <input type="time" {...common} />}
      {field.kind === 'number' && <input type="number" min={field.min} max={field.max} {...common} />}
      {field.kind === 'text' && <input type="text" {...common} />}
    </div>
  );
}
