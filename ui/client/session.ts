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
  /** Null: done. Otherwise the cookie may still be there and the page stays logged in; the error says what to do. */
  logOut(): Promise<ApiError | null>;
  /** What the server says of the person now (roles and presence change while a page is open). */
  know(me: Me): void;
  /** States "I am at this machine", 15 minutes; null: "I am in the workshop", one hour. */
  statePresence(equipment: string | null): Promise<ApiError | null>;
  /** Takes back every such statement. */
  leaveWorkshop(): Promise<ApiError | null>;
}

/** Renewal starts this long before the token ends, ms. */
const renewEarly = 60_000;
const retryRestore = 3_000;

/** Without the gateway nothing ends the cookie: a page that looked logged out would log the next person in as this one. */
const notLoggedOut = {
  title: 'Not logged out',
  detail:
    'You are still logged in: W.I.T. did not confirm the log-out. Check the network, then log out again. Until then leave nobody alone with this browser.',
};

/** Makes the session of one page; does nothing before `restore`, `logIn` or `setUp`. */
export function createSession(env: Env): Session {
  return new SessionClient(env).face();
}

class SessionClient {
  readonly #env: Env;
  readonly #state = cell<SessionState>({ kind: 'restoring' });
  /** Without a token: for the requests that give one. */
  readonly #bare: Api;
  readonly #api: Api;
  #cancelRenewal = (): void => {};
  #renewing: Promise<boolean> | null = null;

  constructor(env: Env) {
    this.#env = env;
    this.#bare = createApi(env, { token: () => null, renew: async () => false });
    this.#api = createApi(env, { token: () => tokenOf(this.#state), renew: () => this.#renew() });
  }

  face(): Session {
    return {
      state: this.#state,
      api: this.#api,
      restore: async () => void (await this.#renew()),
      logIn: request => this.#open('auth/login', request),
      setUp: request => this.#open('auth/setup', request),
      logOut: () => this.#logOut(),
      know: me => know(this.#state, me),
      statePresence: equipment => this.#present({ method: 'POST', json: { equipment } }),
      leaveWorkshop: () => this.#present({ method: 'DELETE' }),
    };
  }

  #enter(session: SessionResponse): void {
    this.#state.set({ kind: 'open', session });
    const wait = Math.min(Math.max(session.expiresAt - this.#env.now() - renewEarly, 5_000), 600_000);
    this.#renewIn(wait);
  }

  #renewIn(ms: number): void {
    this.#cancelRenewal();
    this.#cancelRenewal = this.#env.later(ms, () => void this.#renew());
  }

  /** One refresh at a time, over all tabs: the cookie rotates, and two refreshes with the same cookie look like theft. */
  #renew(): Promise<boolean> {
    this.#renewing ??= this.#env
      .alone('wit-refresh', () => this.#refresh())
      .finally(() => {
        this.#renewing = null;
      });
    return this.#renewing;
  }

  async #refresh(): Promise<boolean> {
    const answer = await this.#bare.ask({ method: 'POST', path: 'auth/refresh', json: {}, answer: sessionResponse });
    if (answer.ok) this.#enter(answer.value);
    else if (answer.error.status === 401) await this.#leave();
    else this.#missed();
    return answer.ok;
  }

  async #leave(): Promise<void> {
    this.#cancelRenewal();
    const setup = await this.#bare.ask({ method: 'GET', path: 'auth/setup', answer: setupState });
    this.#state.set({ kind: 'none', setupNeeded: setup.ok && setup.value.needed });
  }

  #missed(): void {
    if (this.#state.getSnapshot().kind !== 'open') this.#state.set({ kind: 'unreachable' });
    this.#renewIn(retryRestore);
  }

  async #open(path: string, json: unknown): Promise<ApiError | null> {
    const answer = await this.#bare.ask({ method: 'POST', path, json, answer: sessionResponse });
    if (!answer.ok) return answer.error;
    this.#enter(answer.value);
    return null;
  }

  async #logOut(): Promise<ApiError | null> {
    const answer = await this.#api.ask({ method: 'POST', path: 'auth/logout', json: {}, answer: z.unknown() });
    // Only the gateway itself says database-away here, and it has ended the cookie with it; the session follows.
    if (!answer.ok && answer.error.code !== 'database-away') return { ...answer.error, ...notLoggedOut };
    await this.#leave();
    return null;
  }

  async #present(request: { readonly method: 'POST' | 'DELETE'; readonly json?: unknown }): Promise<ApiError | null> {
    const answer = await this.#api.ask({ ...request, path: 'auth/presence', answer: z.unknown() });
    if (!answer.ok) return answer.error;
    const me = await this.#api.ask({ method: 'GET', path: 'auth/me', answer: meSchema });
    if (me.ok) know(this.#state, me.value);
    return null;
  }
}

function know(state: Cell<SessionState>, me: Me): void {
  state.update(now => (now.kind === 'open' ? { kind: 'open', session: { ...now.session, me } } : now));
}

function tokenOf(state: Readable<SessionState>): string | null {
  const now = state.getSnapshot();
  return now.kind === 'open' ? now.session.accessToken : null;
}
