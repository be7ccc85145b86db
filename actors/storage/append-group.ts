import { appendStatement, type TurnText, turnText } from './append-statement.ts';
import { type Database, sqlState } from './database.ts';
import { type Append, type AppendResult, append } from './journal.ts';

interface Waiting {
  readonly turn: Append;
  readonly row: TurnText;
  done(result: AppendResult): void;
  failed(cause: unknown): void;
}

/** So many statements are under way at once: the second one collects and is sent while the server works on the first. */
const statementsAtOnce = 2;
const turnsAtOnce = 32;
const bytesAtOnce = 2_000_000;

/**
 * Group commit: turns of different actors that wait at the same time are written by one statement. Nobody waits for company: a
 * turn is sent when its round of the event loop ends, unless enough statements are under way; then it goes with the next.
 */
class AppendGroup {
  readonly #db: Database;
  #waiting: Waiting[] = [];
  #underWay = 0;
  #sending = false;

  constructor(db: Database) {
    this.#db = db;
  }

  append(turn: Append): Promise<AppendResult> {
    return new Promise((done, failed) => {
      this.#waiting.push({ turn, row: turnText(turn), done, failed });
      this.#sendSoon();
    });
  }

  /** All actors whose last turn came back in this round of the event loop get the chance to bring their next one. */
  #sendSoon(): void {
    if (this.#sending || this.#underWay >= statementsAtOnce) return;
    this.#sending = true;
    setImmediate(() => {
      this.#sending = false;
      if (this.#waiting.length > 0) void this.#send(this.#nextGroup());
    });
  }

  async #send(group: readonly Waiting[]): Promise<void> {
    this.#underWay += 1;
    if (this.#waiting.length > 0) this.#sendSoon();
    const [first] = group;
    if (first && group.length === 1) await inTime(this.#alone(first));
    else await this.#together(group);
    this.#underWay -= 1;
    if (this.#waiting.length > 0) this.#sendSoon();
  }

  /** At most one turn per actor: the next one's place depends on it. */
  #nextGroup(): readonly Waiting[] {
    const group = new Map<string, Waiting>();
    const later: Waiting[] = [];
    let [looked, bytes] = [0, 0];
    for (const one of this.#waiting) {
      if (group.size >= turnsAtOnce || bytes >= bytesAtOnce) break;
      const { actorId } = one.turn.entry;
      if (group.has(actorId)) later.push(one);
      else group.set(actorId, one);
      bytes += one.row.text.length;
      looked += 1;
    }
    this.#waiting = [...later, ...this.#waiting.slice(looked)];
    return [...group.values()];
  }

  /** Who was passed over is asked alone: only then is it known why, and nobody else suffers from it. */
  async #together(group: readonly Waiting[]): Promise<void> {
    const rows = group.map(one => one.row);
    try {
      const { rows: written } = await appendStatement(rows, 'together').execute(this.#db);
      const ids = new Set(written.map(row => row.id));
      for (const one of group) if (ids.has(one.turn.entry.actorId)) one.done({ ok: true });
      this.#each(group.filter(one => !ids.has(one.turn.entry.actorId)));
    } catch (cause) {
      if (nothingWritten(cause)) this.#each(group);
      else for (const one of group) one.failed(cause);
    }
  }

  /** Not waited for: one of them may wait for a lock. */
  #each(members: readonly Waiting[]): void {
    for (const one of members) void this.#alone(one);
  }

  async #alone({ turn, done, failed }: Waiting): Promise<void> {
    await append(this.#db, turn).then(done, failed);
  }
}

/** A turn sent alone may wait for a lock: after 20 ms the others wait for it no longer. */
function inTime(work: Promise<void>): Promise<void> {
  return new Promise(done => {
    const timer = setTimeout(done, 20);
    void work.then(() => {
      clearTimeout(timer);
      done();
    });
  });
}

/** The server refused the statement as it is: one member's data, a duplicate that came in between, a deadlock. Not an outage. */
function nothingWritten(cause: unknown): boolean {
  return /^(2[0-3]|40|42|54)/.test(sqlState(cause) ?? '');
}

const groups = new WeakMap<Database, AppendGroup>();

/** `append` of journal.ts, with its outcome and its errors, in one statement with others that wait for the same database. */
export function appendTogether(db: Database, turn: Append): Promise<AppendResult> {
  const group = groups.get(db) ?? new AppendGroup(db);
  groups.set(db, group);
  return group.append(turn);
}
