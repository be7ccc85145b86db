import type { DatabaseDoor } from '../http/database-door.ts';
import type { WebRequest } from '../http/exchange.ts';
import type { Log } from '../http/log.ts';
import type { SiteDesk } from '../site/site-desk.ts';
import type { LateLogOuts } from './late-log-outs.ts';
import type { LoginLimits } from './login-limits.ts';
import type { PasswordCheck } from './passwords.ts';
import type { CookieRules } from './refresh-cookie.ts';
import type { Sessions } from './sessions.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { Tickets } from './tickets.ts';

/** Everything the routes under auth/ work with, put together once by the server. */
export interface Auth {
  readonly door: DatabaseDoor;
  /** Where accounts are made: with an entry in the journal, and told. */
  readonly desk: SiteDesk;
  readonly keys: SigningKeys;
  readonly sessions: Sessions;
  readonly lateLogOuts: LateLogOuts;
  readonly tickets: Tickets;
  readonly limits: LoginLimits;
  readonly passwords: PasswordCheck;
  readonly site: string;
  readonly now: () => number;
  readonly log: Log;
  readonly addressOf: (request: WebRequest) => string;
  readonly cookieRules: () => CookieRules;
  readonly stopPort: () => number;
  /** Tells the nodes that somebody came or left. */
  readonly presenceChanged: () => void;
}
