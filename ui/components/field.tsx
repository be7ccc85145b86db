interface FieldProps {
  readonly label: string;
  readonly name: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete?: string;
  readonly hint?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly autofocus?: boolean;
}

/** A labelled text field of a form; read through FormData under `name`. */
export function Field({ label, name, hint, type = 'text', autofocus, ...rest }: FieldProps) {
  const hintId = hint ? `${name}-hint` : undefined;
  const common = { id: name, name, required: true, 'aria-describedby': hintId, autofocus, ...rest };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      {type === 'password' ? <input type="password" {...common} /> : <input type="text" {...common} />}
      {hint && (
        <p class="label" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** The text of a field in a submitted form. */
export function textOf(form: HTMLFormElement, name: string): string {
  const value = new FormData(form).get(name);
  return typeof value === 'string' ? value : '';
}
