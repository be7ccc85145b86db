import type { LanePress } from '../../actors/stop/protocol.ts';
import type { WebRequest } from '../http/exchange.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import type { Sessions } from './sessions.ts';
import { type FindKey, verifyAccess, verifyStopPass } from './tokens.ts';

/** Who presses stop, and what has become of the pass: an expired or revoked one still stops and is journaled as such. */
export type Presser = Pick<LanePress, 'by' | 'byName' | 'pass'>;

export interface StopCallerOptions {
  readonly site: string;
  readonly now: () => number;
  readonly sessions: Sessions;
  readonly findAccess: FindKey;
  readonly findStop: FindKey;
}

/** Identifies the presser by access token or stop pass; only a bad signature is refused. */
export async function stopCaller(request: WebRequest, options: StopCallerOptions): Promise<Presser | Refused> {
  const { site, now } = options;
  const token = /^Bearer ([A-Za-z0-9._-]{1,4096})$/.exec(request.headers.authorization ?? '')?.[1];
  if (!token) return refuse('not-authenticated', 'Send an access token or a stop pass as bearer token, or use the stop lane.');
  const access = await verifyAccess(token, { site, now: now(), find: options.findAccess });
  if (access.ok) {
    const { sub, sid, name, login, role } = access.claims;
    const confirmed = await options.sessions.confirm({ sub, sid, name, login, role }, 'short');
    return { by: sub, byName: name, pass: isRefused(confirmed) ? 'revoked' : 'valid' };
  }
  const pass = await verifyStopPass(token, { site, now: now(), find: options.findStop });
  if (pass.ok) return { by: pass.claims.sub, byName: pass.claims.name, pass: pass.expired ? 'expired' : 'valid' };
  return refuse(
    access.why === 'expired' ? 'token-expired' : 'not-authenticated',
    'This token is not valid here. Use the stop lane or the hardware stop.',
  );
}
