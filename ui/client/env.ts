/** The part of a browser's WebSocket that the clients use. */
export interface Socket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(text: string): void;
  close(): void;
}

/** What the clients need of the world; tests give their own. */
export interface Env {
  /** The browser's clock, ms since 1970; may be wrong, see server-clock.ts. */
  now(): number;
  /** Never steps; ms. For latencies and deadlines. */
  monotonic(): number;
  /** 0 <= x < 1 */
  random(): number;
  /** Fills with unpredictable bytes. */
  randomBytes(bytes: Uint8Array<ArrayBuffer>): Uint8Array;
  fetch(path: string, init: RequestInit): Promise<Response>;
  socket(url: string, protocols: string[]): Socket;
  /** Runs once after `ms`; the answer cancels. */
  later(ms: number, run: () => void): () => void;
  /** Runs while no other tab of this browser runs something of the same name. */
  alone<T>(name: string, run: () => Promise<T>): Promise<T>;
  /** Where the page came from. */
  readonly place: { readonly secure: boolean; readonly host: string; readonly hostname: string };
}

/** `readyState` of an open socket. */
export const socketOpen = 1;

/** The world as a browser has it. */
export function browserEnv(): Env {
  return {
    now: () => Date.now(),
    monotonic: () => performance.now(),
    random: () => Math.random(),
    randomBytes: bytes => crypto.getRandomValues(bytes),
    fetch: (path, init) => fetch(path, init),
    socket: (url, protocols) => new WebSocket(url, protocols) as unknown as Socket,
    later(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    // Absent outside secure contexts; there a single tab is all that can be promised.
    alone: async (name, run) => (navigator.locks === undefined ? run() : await navigator.locks.request(name, run)),
    place: { secure: location.protocol === 'https:', host: location.host, hostname: location.hostname },
  };
}
