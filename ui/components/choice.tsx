interface ChoiceProps {
  readonly label: string;
  readonly id: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  /** Shown while nothing is chosen. */
  readonly none?: string;
  readonly choose: (value: string) => void;
}

/** One of several, with a label; an empty value until something is chosen. */
export function Choice({ label, id, value, options, none, choose }: ChoiceProps) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} class="select" value={value} onChange={event => choose(event.currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
