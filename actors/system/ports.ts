/** Time from outside: `now` ms since 1970 for people and the journal, `monotonic` ms that never steps for deadlines. */
export interface Clock {
  now(): number;
  monotonic(): number;
  setTimeout(run: () => void, ms: number): { cancel(): void };
}

/** Fresh ids from outside. */
export interface Random {
  uuid(): string;
}

/** One line about trouble, for people: once when it begins, once when it ends. */
export type Log = (line: string) => void;
