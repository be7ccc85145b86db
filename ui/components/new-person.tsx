import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import { roleSchema, roles } from '../../statecharts/caller.ts';
import type { ApiError } from '../client/api.ts';
import { addPerson } from '../client/people.ts';
import { Field, textOf } from './field.tsx';
import { useServices } from './hooks.ts';
import { Trouble } from './trouble.tsx';

/** The form of somebody who may log in; the first password is theirs to change. */
export function NewPerson({ added }: { added: () => Promise<void> }) {
  const { api } = useServices().session;
  const [error, setError] = useState<ApiError | null>(null);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    const [login, name, password] = ['login', 'name', 'password'].map(field => textOf(form, field));
    const role = roleSchema.catch('operator').parse(textOf(form, 'role'));
    const answer = await addPerson(api, { login: login ?? '', name: name ?? '', password: password ?? '', role });
    if (answer.ok) await added();
    else setError(answer.error);
  };
  return (
    <form class="said" onSubmit={event => void submit(event)}>
      <Trouble error={error} />
      <Field label="Name" name="name" maxLength={80} />
      <Field label="Login" name="login" maxLength={60} autocomplete="off" hint="small letters, digits, dot, dash, underscore, @" />
      <Field
        label="First password"
        name="password"
        type="password"
        minLength={8}
        maxLength={128}
        autocomplete="new-password"
        hint="at least 8 characters"
      />
      <div class="field">
        <label for="role">Role</label>
        <select id="role" name="role" class="select">
          {roles.map(role => (
            <option key={role} value={role} selected={role === 'operator'}>
              {role}
            </option>
          ))}
        </select>
      </div>
      <button type="submit" class="btn btn--touch btn--hand">
        Add
      </button>
    </form>
  );
}
