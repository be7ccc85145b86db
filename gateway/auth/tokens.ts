import { randomUUID } from 'node:crypto';
import { type CryptoKey, decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { type Caller, roleSchema } from '../../statecharts/caller.ts';
import type { SigningKey } from './signing-keys.ts';

/** One algorithm, never negotiated; each kind of token has its own typ and audience, so that none passes for another. */
const algorithm = 'EdDSA';
const kinds = {
  access: { typ: 'wit-access+jwt', aud: 'wit-api', seconds: 600 },
  ticket: { typ: 'wit-ticket+jwt', aud: 'wit-live', seconds: 30 },
  stop: { typ: 'wit-stop+jwt', aud: 'wit-stop-lane', seconds: 86_400 },
  assertion: { typ: 'wit-assertion+jwt', seconds: 10 },
} as const;

const accessClaims = z.object({ sub: z.string(), sid: z.string(), name: z.string(), login: z.string(), role: roleSchema, exp: z.number() });
export type AccessClaims = z.infer<typeof accessClaims>;
const ticketClaims = accessClaims.extend({ jti: z.uuid() });
const stopClaims = z.object({ sub: z.string(), sid: z.string(), name: z.string(), scope: z.literal('stop'), exp: z.number() });
export type StopClaims = z.infer<typeof stopClaims>;

/** Where and when a token is made. */
export interface Issuing {
  readonly site: string;
  readonly key: SigningKey;
  /** ms since 1970 */
  readonly now: number;
}

/** A 10-minute access token; `expiresAt` in ms since 1970. */
export async function issueAccess(claims: Omit<AccessClaims, 'exp'>, issuing: Issuing): Promise<{ token: string; expiresAt: number }> {
  const exp = Math.floor(issuing.now / 1000) + kinds.access.seconds;
  return {
    token: await sign({ ...claims, aud: kinds.access.aud, exp, jti: randomUUID() }, { typ: kinds.access.typ, ...issuing }),
    expiresAt: exp * 1000,
  };
}

/** A 30-second ticket for one live socket; `jti` names it. */
export function issueTicket(claims: Omit<AccessClaims, 'exp'>, issuing: Issuing): Promise<string> {
  const exp = Math.floor(issuing.now / 1000) + kinds.ticket.seconds;
  return sign({ ...claims, aud: kinds.ticket.aud, exp, jti: randomUUID() }, { typ: kinds.ticket.typ, ...issuing });
}

/** A 24-hour stop pass: good for the stop key only. */
export function issueStopPass(claims: Omit<StopClaims, 'exp' | 'scope'>, issuing: Issuing): Promise<string> {
  const exp = Math.floor(issuing.now / 1000) + kinds.stop.seconds;
  return sign({ ...claims, scope: 'stop', aud: kinds.stop.aud, exp, jti: randomUUID() }, { typ: kinds.stop.typ, ...issuing });
}

/** Who asks for one command, for its owner only: bound to the actor and the command id, good for 10 s. */
export function issueAssertion(asked: { caller: Caller; actor: string; commandId: string }, issuing: Issuing): Promise<string> {
  const exp = Math.floor(issuing.now / 1000) + kinds.assertion.seconds;
  const claims = { sub: asked.caller.id, aud: asked.actor, jti: asked.commandId, caller: asked.caller, exp };
  return sign(claims, { typ: kinds.assertion.typ, ...issuing });
}

function sign(claims: JWTPayload, { typ, site, key, now }: Issuing & { readonly typ: string }): Promise<string> {
  return new SignJWT({ ...claims, iss: `wit/${site}`, iat: Math.floor(now / 1000) })
    .setProtectedHeader({ alg: algorithm, typ, kid: key.kid })
    .sign(key.privateKey);
}

/** Finds the public key of a kid, for one purpose; null refuses the token. */
export type FindKey = (kid: string) => Promise<CryptoKey | null>;

export type Verified<T> = { readonly ok: true; readonly claims: T } | { readonly ok: false; readonly why: 'invalid' | 'expired' };

interface Checking {
  readonly site: string;
  readonly now: number;
  readonly find: FindKey;
}

/** Checks signature, algorithm, kid, typ, iss, aud and exp of an access token. Never throws. */
export function verifyAccess(token: string, checking: Checking): Promise<Verified<AccessClaims>> {
  return verify(token, { ...checking, ...kinds.access, schema: accessClaims });
}

/** A ticket; whether it was used before is not told by it. Never throws. */
export function verifyTicket(token: string, checking: Checking): Promise<Verified<z.infer<typeof ticketClaims>>> {
  return verify(token, { ...checking, ...kinds.ticket, schema: ticketClaims });
}

/** A stop pass. `expired` is told apart and still carries its claims: it stops all the same. */
export async function verifyStopPass(
  token: string,
  checking: Checking,
): Promise<{ ok: true; claims: StopClaims; expired: boolean } | { ok: false }> {
  // Everything but the time is checked as of the moment before the pass ends.
  const verified = await verify(token, { ...checking, now: 0, ...kinds.stop, schema: stopClaims });
  return verified.ok ? { ok: true, claims: verified.claims, expired: verified.claims.exp * 1000 <= checking.now } : { ok: false };
}

interface Expected<T> extends Checking {
  readonly typ: string;
  readonly aud: string;
  readonly schema: z.ZodType<T>;
}

async function verify<T>(token: string, { site, now, find, typ, aud, schema }: Expected<T>): Promise<Verified<T>> {
  try {
    const { kid, crit } = decodeProtectedHeader(token);
    const key = typeof kid === 'string' && crit === undefined ? await find(kid) : null;
    if (!key) return { ok: false, why: 'invalid' };
    const { payload } = await jwtVerify(token, key, {
      algorithms: [algorithm],
      issuer: `wit/${site}`,
      audience: aud,
      typ,
      currentDate: new Date(now),
      requiredClaims: ['exp', 'sub', 'sid'],
    });
    const claims = schema.safeParse(payload);
    return claims.success ? { ok: true, claims: claims.data } : { ok: false, why: 'invalid' };
  } catch (error) {
    return { ok: false, why: error instanceof errors.JWTExpired ? 'expired' : 'invalid' };
  }
}
