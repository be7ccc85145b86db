import { z } from 'zod';
import type { Me, SessionResponse } from '../../gateway/contract/auth.ts';
import { meSchema, sessionResponse, setupState } from '../../gateway/contract/auth.ts';
import { type Api, type ApiError, createApi } from './api.ts';
import { type Cell, cell, type Readable } from './cell.ts';
import type { Env } from './env.ts';

/** Who uses this page. `unreachable`: the server did not answer, so nobody knows whether the cookie still holds. */
export type SessionState =
  | { readonly kind: 'restoring' }
  | { readonly kind: 'none'; readonly setupNeeded: boolean }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'open'; readonly session: SessionResponse };

/** The log-in of this page: the access token lives in memory only, the refresh token in a cookie that no script can read. */
export interface Session {
  readonly state: Readable<SessionState>;
  readonly api: Api;
  /** Tries the cookie; called once at page load and again while unreachable. */
  restore(): Promise<void>;
  logIn(request: { login: string; password: string }): Promise<ApiError | null>;
  setUp(request: { token: string; login: string; name: string; password: string }): Promise<ApiError | null>;
  logOut(): Promise<void>;
  /** What the server says of the person now (roles and presence change while a page is open). */
  know(me: Me): void;
  /** States "I am at this machine", 15 minutes. */
  statePresence(equipment: string): Promise<ApiError | null>;
}

/** Renewal starts this long before the token ends, ms. */
const renewEarly = 60_000;
const retryRestore = 3_000;

/** Makes the session of one page; does nothing before `restore`, `logIn` or `setUp`. */
export function createSession(env: Env): Session {
  const state = cell<SessionState>({ kind: 'restoring' });
  let cancelRenewal = (): void => {};
  let renewing: Promise<boolean> | null = null;

  const enter = (session: SessionResponse): void => {
    state.set({ kind: 'open', session });
    cancelRenewal();
    const wait = Math.min(Math.max(session.expiresAt - env.now() - renewEarly, 5_000), 600_000);
    cancelRenewal = env.later(wait, () => void renew());
  };
  const renew = (): Promise<boolean> => {
    // One refresh at a time, over all tabs: the cookie rotates, and two refreshes with the same cookie look like theft.
    renewing ??= env.alone('wit-refresh', refresh).finally(() => {
      renewing = null;
    });
    return renewing;
  };
  const bare = createApi(env, { token: () => null, renew: async () => false });
  const refresh = async (): Promise<boolean> => {
    const answer = await bare.ask({ method: 'POST', path: 'auth/refresh', json: {}, answer: sessionResponse });
    if (answer.ok) enter(answer.value);
    else if (answer.error.status === 401) await leave();
    else missed();
    return answer.ok;
  };
  const leave = async (): Promise<void> => {
    cancelRenewal();
    const setup = await bare.ask({ method: 'GET', path: 'auth/setup', answer: setupState });
    state.set({ kind: 'none', setupNeeded: setup.ok && setup.value.needed });
  };
  const missed = (): void => {
    if (state.getSnapshot().kind !== 'open') state.set({ kind: 'unreachable' });
    cancelRenewal();
    cancelRenewal = env.later(retryRestore, () => void renew());
  };
  const api = createApi(env, { token: () => tokenOf(state), renew });
  const open = async (path: string, json: unknown): Promise<ApiError | null> => {
    const answer = await bare.ask({ method: 'POST', path, json, answer: sessionResponse });
    if (!answer.ok) return answer.error;
    enter(answer.value);
    return null;
  };

  return {
    state,
    api,
    restore: async () => void (await renew()),
    logIn: request => open('auth/login', request),
    setUp: request => open('auth/setup', request),
    async logOut() {
      await api.ask({ method: 'POST', path: 'auth/logout', json: {}, answer: z.unknown() });
      await leave();
    },
    know: me => know(state, me),
    async statePresence(equipment) {
      const answer = await api.ask({ method: 'POST', path: 'auth/presence', json: { equipment }, answer: z.unknown() });
      if (!answer.ok) return answer.error;
      const me = await api.ask({ method: 'GET', path: 'auth/me', answer: meSchema });
      if (me.ok) know(state, me.value);
      return null;
    },
  };
}

function know(state: Cell<SessionState>, me: Me): void {
  state.update(now => (now.kind === 'open' ? { kind: 'open', session: { ...now.session, me } } : now));
}

function tokenOf(state: Readable<SessionState>): string | null {
  const now = state.getSnapshot();
  return now.kind === 'open' ? now.session.accessToken : null;
}
