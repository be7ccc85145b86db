import type { Transaction } from 'kysely';
import type { Json } from '../../actors/storage/journal-entry.ts';
import type { Tables } from '../../actors/storage/schema.ts';
import { journalSiteChange } from '../../actors/storage/site-journal.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { isRefused, type Refused } from '../http/problems.ts';
import type { SignedIn } from '../http/route.ts';
import { announceSiteChange } from '../ws/site-changes.ts';

export interface SiteDeskOptions {
  readonly door: DatabaseDoor;
  readonly messages: Messages;
  readonly site: string;
  /** ms since 1970 */
  readonly now: () => number;
  /** What is known of the sessions of these people is asked anew from here on. */
  readonly changedFor: (people: readonly string[]) => void;
}

/** Who makes a change: somebody who is logged in, or whoever has the printed link while nobody can be. */
export type Changer = SignedIn | 'set-up-link';

/** What a change is called in the journal, and who learns something new of themselves by it. */
export interface Naming {
  readonly caller: Changer;
  readonly type: string;
  readonly people?: readonly string[];
}

type Tx = Transaction<Tables>;

/** Where the workshop itself is changed: in one transaction with the entry in the journal, and then everybody is told. */
export class SiteDesk {
  readonly #o: SiteDeskOptions;

  constructor(options: SiteDeskOptions) {
    this.#o = options;
  }

  get door(): DatabaseDoor {
    return this.#o.door;
  }

  now(): number {
    return this.#o.now();
  }

  /** Makes the change that `work` describes; what it returns stands in the journal. A refusal changes nothing and is not told. */
  async change<T extends object>({ caller, type, people = [] }: Naming, work: (tx: Tx) => Promise<T | Refused>): Promise<T | Refused> {
    const at = this.#o.now();
    const principal = principalOf(caller);
    const result = await this.door.ask(db =>
      db.transaction().execute(async tx => {
        const done = await work(tx);
        if (!isRefused(done)) await journalSiteChange(tx, { at, type, principal, data: done as Json });
        return done;
      }),
    );
    if (isRefused(result)) return result;
    this.#o.changedFor(people);
    announceSiteChange(this.#o, people);
    return result;
  }
}

function principalOf(caller: Changer): Json {
  if (caller === 'set-up-link') return { kind: 'system', id: caller };
  const { id, name, role } = caller;
  return { kind: 'user', id, name, role };
}
