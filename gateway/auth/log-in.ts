import type { SessionResponse } from '../contract/auth.ts';
import { DatabaseAway } from '../http/database-door.ts';
import type { WebRequest } from '../http/exchange.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Answer, SignedIn } from '../http/route.ts';
import type { Auth } from './auth.ts';
import type { EndOfSession } from './late-log-outs.ts';
import { readRefreshCookie, refreshCookie } from './refresh-cookie.ts';
import { endSession, openSession, readSession, rotateRefreshToken, type SessionFacts, sessionOfRefreshToken } from './session-store.ts';
import { issueAccess, issueStopPass } from './tokens.ts';

/** POST auth/login. Same answer and same work for an unknown person, a wrong password and a disabled person. */
export async function logIn(auth: Auth, request: WebRequest, given: { login: string; password: string }): Promise<Answer | Refused> {
  const attempt = { login: given.login, address: auth.addressOf(request) };
  const limited = await auth.limits.take(attempt);
  if (!limited.allowed) return refuseLimited(limited);
  const person = await auth.door.ask(db =>
    db.selectFrom('person').select(['id', 'password_hash', 'disabled']).where('login', '=', given.login).executeTakeFirst(),
  );
  const matches = await auth.passwords.matches(person?.password_hash ?? null, given.password);
  if (!person || !matches || person.disabled) return refuse('wrong-credentials', 'Login or password is wrong.');
  await auth.limits.forgive(attempt);
  const userAgent = request.headers['user-agent'] ?? '';
  const opened = await auth.door.ask(db => openSession(db, { personId: person.id, userAgent }));
  return sessionAnswer(auth, opened);
}

/** Too many tries, or nobody to count them. */
export function refuseLimited({ why, retrySeconds }: { why: 'limit' | 'closed'; retrySeconds: number }): Refused {
  const headers = { 'retry-after': String(retrySeconds) };
  if (why === 'closed')
    return refuse(
      'log-in-closed',
      'Log-in is closed until Redis answers: tries cannot be counted. Who is logged in stays so; stop works.',
      { headers },
    );
  return refuse('too-many-requests', `Too many tries. Wait ${retrySeconds} s.`, { headers });
}

/** Answer of setup, login and refresh: tokens, `me`, and the refresh cookie. */
export async function sessionAnswer(auth: Auth, opened: { sid: string; refreshToken: string }): Promise<Answer | Refused> {
  const facts = await auth.door.ask(db => readSession(db, opened.sid));
  if (!facts) return refuse('not-authenticated', 'This session has ended. Log in again.');
  auth.sessions.changed(opened.sid);
  const json = await tokensFor(auth, facts);
  return { json, headers: { 'set-cookie': refreshCookie(opened.refreshToken, auth.cookieRules()) } };
}

async function tokensFor(auth: Auth, { id: sid, person, presence, inWorkshop, qualifications }: SessionFacts): Promise<SessionResponse> {
  const now = auth.now();
  const { id: sub, name, login, role } = person;
  const access = await issueAccess({ sub, sid, name, login, role }, { site: auth.site, key: auth.keys.access, now });
  const stopPass = await issueStopPass({ sub, sid, name }, { site: auth.site, key: auth.keys.stop, now });
  return {
    accessToken: access.token,
    expiresAt: access.expiresAt,
    stopPass,
    stopPort: auth.stopPort(),
    me: {
      ...{ id: sub, sid, name, login, role, presence: { ...presence }, qualifications: [...qualifications] },
      ...(inWorkshop === null ? {} : { inWorkshop }),
    },
  };
}

/** POST auth/refresh: the cookie's token for its successor. */
export async function refresh(auth: Auth, request: WebRequest): Promise<Answer | Refused> {
  const token = readRefreshCookie(request, auth.cookieRules());
  if (!token) return refuse('not-authenticated', 'Nobody is logged in here.');
  const rotated = await auth.door.ask(db => rotateRefreshToken(db, token));
  if (rotated.ok) return sessionAnswer(auth, { sid: rotated.sid, refreshToken: rotated.next });
  if (rotated.ended) {
    auth.sessions.ended(rotated.ended);
    auth.log('warn', 'a refresh token was used twice: its session was ended', { sid: rotated.ended });
  }
  const headers = { 'set-cookie': refreshCookie(null, auth.cookieRules()) };
  return refuse('not-authenticated', 'This session has ended. Log in again.', { headers });
}

/**
 * POST auth/logout: ends the session of the bearer token or of the cookie; done is done, also when it was over. Whatever becomes of it, the
 * cookie ends: the next person at this browser must not be logged in as the one before.
 */
export async function logOut(auth: Auth, request: WebRequest): Promise<Answer | Refused> {
  const headers = { 'set-cookie': refreshCookie(null, auth.cookieRules()) };
  try {
    const refused = await endSessionOf(auth, request);
    return refused ? { ...refused, headers } : { status: 204, headers };
  } catch (cause) {
    return refuse('internal', 'Something broke here. The log has it under this instance.', { cause, headers });
  }
}

async function endSessionOf(auth: Auth, request: WebRequest): Promise<Refused | null> {
  const token = readRefreshCookie(request, auth.cookieRules());
  const bearer = request.headers.authorization ? await auth.sessions.authenticate(request) : null;
  const fromBearer = bearer && 'sid' in bearer ? (bearer as SignedIn).sid : null;
  if (fromBearer === null && token === null) return null;
  const end: EndOfSession = async db => {
    const sid = fromBearer ?? (token && (await sessionOfRefreshToken(db, token)));
    if (sid) await endSession(db, sid);
    return sid;
  };
  try {
    const sid = await auth.door.ask(end);
    if (sid) auth.sessions.ended(sid);
    return null;
  } catch (cause) {
    if (!(cause instanceof DatabaseAway)) throw cause;
    if (fromBearer) auth.sessions.ended(fromBearer);
    auth.lateLogOuts.add(end);
    const detail = 'You are logged out in this browser. The database does not answer: the session ends for good as soon as it does.';
    return refuse('database-away', detail, { cause });
  }
}
