import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../client/api.ts';
import { Field, textOf } from '../components/field.tsx';
import { useServices } from '../components/hooks.ts';
import { Trouble } from '../components/trouble.tsx';

/** Name and password. Without any administrator yet it says where the set-up link is. */
export function LogInPage({ setupNeeded }: { setupNeeded: boolean }) {
  const { session } = useServices();
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(await session.logIn({ login: textOf(event.currentTarget, 'login'), password: textOf(event.currentTarget, 'password') }));
    setBusy(false);
  };
  return (
    <main class="gate">
      <form class="gate__card" onSubmit={event => void submit(event)}>
        <p class="gate__mark">W.I.T.</p>
        <h1>Log in</h1>
        {setupNeeded && (
          <p class="note" role="status">
            Nobody can log in yet. Open the set-up link that the server printed when it started; it is printed anew at each start.
          </p>
        )}
        <Trouble error={error} />
        <Field label="Login" name="login" autocomplete="username" maxLength={60} autofocus />
        <Field label="Password" name="password" type="password" autocomplete="current-password" maxLength={128} />
        <button class="btn btn--touch btn--hand" type="submit" disabled={busy}>
          {busy ? 'Checking …' : 'Log in'}
        </button>
      </form>
    </main>
  );
}
