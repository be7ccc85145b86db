import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { hasEnded, isAlive, startTime } from './process-facts.ts';
import { writeSecret } from './secrets.ts';

/** `run/endpoints.json`: where the embedded servers listen and which process is which; no passwords. */
const endpointsSchema = z.object({
  url: z.string(),
  nats: z.string(),
  mqtt: z.string(),
  /** Folder of PostgreSQL's Unix socket, or the host of a database elsewhere. */
  database: z.string(),
  processes: z.record(z.string(), z.number()),
  /** Start time of each process: with the id it names one process for ever. */
  began: z.record(z.string(), z.string().nullable()),
});
export type Endpoints = z.infer<typeof endpointsSchema>;

/** Keeps the file in step with what runs. */
export class EndpointsFile {
  readonly #path: string;
  #current: Endpoints = { url: '', nats: '', mqtt: '', database: '', processes: {}, began: {} };

  constructor(path: string) {
    this.#path = path;
  }

  set(facts: Partial<Pick<Endpoints, 'url' | 'nats' | 'mqtt' | 'database'>>): void {
    this.#current = { ...this.#current, ...facts };
    this.#write();
  }

  started(name: string, pid: number): void {
    const { processes, began } = this.#current;
    this.#current = { ...this.#current, processes: { ...processes, [name]: pid }, began: { ...began, [name]: startTime(pid) } };
    this.#write();
  }

  ended(name: string): void {
    const { [name]: _pid, ...processes } = this.#current.processes;
    const { [name]: _began, ...began } = this.#current.began;
    this.#current = { ...this.#current, processes, began };
    this.#write();
  }

  /** On a full disk the file stays as it was: what runs must go on running, and the next change writes it again. */
  #write(): void {
    try {
      writeSecret(this.#path, `${JSON.stringify(this.#current, null, 1)}\n`);
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
    }
  }
}

/** The file of the last run, or null when there is none that can be read. */
export function readEndpoints(path: string): Endpoints | null {
  try {
    return endpointsSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

/** Ends what a killed launcher left behind: asks, then kills. Servers with data of their own are ended where they are started anew. */
export async function endLeftovers(last: Endpoints | null): Promise<void> {
  if (!last) return;
  const left = Object.entries(last.processes).filter(([name, pid]) => isAlive(pid) && startTime(pid) === last.began[name]);
  await Promise.all(left.map(([name, pid]) => end(pid, name)));
}

async function end(pid: number, name: string): Promise<void> {
  const signal = name === 'postgres' ? 'SIGINT' : 'SIGTERM';
  for (const next of [signal, 'SIGKILL'] as const) {
    try {
      process.kill(pid, next);
    } catch {
      return;
    }
    if (await hasEnded(pid, 5_000)) return;
  }
}
