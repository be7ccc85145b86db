import type { TargetedEvent } from 'preact';
import { useState } from 'preact/hooks';
import type { ApiError } from '../client/api.ts';
import { navigate } from '../client/route.ts';
import { Field, textOf } from '../components/field.tsx';
import { useServices } from '../components/hooks.ts';
import { Trouble } from '../components/trouble.tsx';

/** The first administrator. The single-use token stands in the fragment of the printed link, which browsers do not send to servers. */
export function SetUpPage() {
  const { session } = useServices();
  const [token] = useState(readToken);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: TargetedEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    const request = { token, login: textOf(form, 'login'), name: textOf(form, 'name'), password: textOf(form, 'password') };
    const failed = await session.setUp(request);
    setBusy(false);
    setError(failed);
    if (!failed) navigate('/');
  };
  return (
    <main class="gate">
      <form class="gate__card" onSubmit={event => void submit(event)}>
        <p class="gate__mark">W.I.T.</p>
        <h1>Set up this workshop</h1>
        <p class="gate__say">You become its administrator. The link works once, for 15 minutes after it was printed.</p>
        {token === '' && (
          <p class="note" role="alert">
            This address has no set-up token. Open the whole link that the server printed when it started.
          </p>
        )}
        <Trouble error={error} />
        <Field label="Your name" name="name" autocomplete="name" maxLength={80} autofocus />
        <Field label="Login" name="login" autocomplete="username" maxLength={60} hint="small letters, digits, dot, dash, underscore, @" />
        <Field
          label="Password"
          name="password"
          type="password"
          autocomplete="new-password"
          minLength={8}
          maxLength={128}
          hint="at least 8 characters"
        />
        <button class="btn btn--touch btn--hand" type="submit" disabled={busy || token === ''}>
          {busy ? 'Setting up …' : 'Set up'}
        </button>
      </form>
    </main>
  );
}

/** `#token=…` or the bare token after `#`. */
function readToken(): string {
  const fragment = decodeURIComponent(location.hash.replace(/^#/, ''));
  return new URLSearchParams(fragment).get('token') ?? fragment;
}
