import type { Database } from '../storage/database.ts';
import { isAppend, openWrappedDatabase } from './wrapped-database.ts';

/** A database as a process sees it that dies at an append: from then on nothing is answered. */
export interface FragileDatabase {
  readonly db: Database;
  /** Appends that were answered. */
  readonly appended: number;
  /** Nothing is carried out any more. */
  die(): void;
}

/** `door` is called before and after each append; it throws when the process dies there. */
export function openFragileDatabase(url: string, door: (name: 'append' | 'appended') => void): FragileDatabase {
  const state = { appended: 0, dead: false };
  const never = new Promise<never>(() => undefined);
  const db = openWrappedDatabase(url, async (text, query) => {
    const append = isAppend(text);
    try {
      if (state.dead) return await never;
      if (append) door('append');
      const answer = await query();
      if (append) door('appended');
      if (append) state.appended += 1;
      return answer;
    } catch {
      state.dead = true;
      return await never;
    }
  });
  return {
    db,
    get appended() {
      return state.appended;
    },
    die: () => {
      state.dead = true;
    },
  };
}
