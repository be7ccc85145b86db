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

/** Keeps the file in step with what runs. None of it throws. */
export class EndpointsFile {
  readonly #path: string;
  readonly #say: (sentence: string) => void;
  #isBehind = false;
  #current: Endpoints = { url: '', nats: '', mqtt: '', database: '', processes: {}, began: {} };

  constructor(path: string, say: (sentence: string) => void) {
    this.#path = path;
    this.#say = say;
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

  /**
   * On a disk that is full, read-only or broken the file stays as it was: the launcher must not end for it, because the node would end with
   * it, in the middle of a job. The next change writes it again.
   */
  #write(): void {
    try {
      writeSecret(this.#path, `${JSON.stringify(this.#current, null, 1)}\n`);
      if (this.#isBehind) this.#say(`${this.#path} is written again.`);
      this.#isBehind = false;
    } catch (cause) {
      if (!this.#isBehind) this.#say(`${this.#path} cannot be written (${String(cause)}): look at the disk. What runs goes on.`);
      this.#isBehind = true;
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
