interface TicksProps {
  readonly label: string;
  readonly options: readonly (readonly [string, string])[];
  readonly chosen: readonly string[];
  readonly set: (chosen: readonly string[]) => void;
}

/** Any number of several, as chips. */
export function Ticks({ label, options, chosen, set }: TicksProps) {
  return (
    <fieldset class="field ticks">
      <legend class="label">{label}</legend>
      {options.map(([id, name]) => {
        const on = chosen.includes(id);
        return (
          <button
            type="button"
            key={id}
            class="chip"
            aria-pressed={on}
            onClick={() => set(on ? chosen.filter(one => one !== id) : [...chosen, id])}
          >
            {name}
          </button>
        );
      })}
    </fieldset>
  );
}
