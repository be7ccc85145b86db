import type { Database } from '../../actors/storage/database.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { Sessions } from './sessions.ts';

/** Ends a session and says which it was; null: there is none. */
export type EndOfSession = (db: Database) => Promise<string | null>;

/** Cookies are not checked without the database: whoever makes some up must not fill the memory. */
const atMost = 1_000;

/** Log-outs that the database did not hear of: they are made up for as soon as it is back. One that dies with this process leaves a session that nobody has a token of. */
export class LateLogOuts {
  readonly #door: DatabaseDoor;
  readonly #sessions: Sessions;
  #waiting: readonly EndOfSession[] = [];

  constructor(door: DatabaseDoor, sessions: Sessions) {
    this.#door = door;
    this.#sessions = sessions;
    door.onBack(() => void this.#makeUp());
  }

  add(end: EndOfSession): void {
    this.#waiting = [...this.#waiting, end].slice(-atMost);
    // It may have come back between the failure and now.
    if (this.#door.health.ok) void this.#makeUp();
  }

  async #makeUp(): Promise<void> {
    const due = this.#waiting;
    this.#waiting = [];
    for (const end of due) {
      try {
        const sid = await this.#door.ask(end);
        if (sid) this.#sessions.ended(sid);
      } catch {
        // The door has noted that the database is away again.
        this.#waiting = [...this.#waiting, end].slice(-atMost);
      }
    }
  }
}
