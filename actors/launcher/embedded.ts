import { join } from 'node:path';
import type { Config } from '../config.ts';
import { CannotStart } from './cannot-start.ts';
import type { DataDirectory } from './data-directory.ts';
import { type RunningNats, startNats } from './nats.ts';
import { type RunningPostgres, startPostgres } from './postgres.ts';
import type { SupervisedProgram } from './supervised.ts';

/** An embedded server: supervised, and `current()` is its last start, after the first one. */
export interface EmbeddedServer<T> extends SupervisedProgram {
  current(): T;
}

/** PostgreSQL in the data directory. The socket stays where it was over every restart, because the programs know only that place. */
export function embeddedPostgres(directory: DataDirectory, socketDirectory: string): EmbeddedServer<RunningPostgres> {
  const passwordFile = join(directory.secrets, 'database');
  const options = { directory: directory.postgres, socketDirectory, passwordFile, logFile: join(directory.logs, 'postgres.log') };
  return { name: 'postgres', graceMs: 1_300, ...remembering('postgres', () => startPostgres(options)) };
}

/** nats-server in the data directory; it keeps its ports over every restart, and over launches as long as nobody else took them. */
export function embeddedNats(
  directory: DataDirectory,
  config: Config,
  wished: { natsPort: number; mqttPort: number },
): EmbeddedServer<RunningNats> {
  let ports = { natsPort: config.natsPort ?? wished.natsPort, mqttPort: config.mqttPort ?? wished.mqttPort };
  let first = true;
  const start = async () => {
    const logFile = join(directory.logs, 'nats.log');
    const running = await startNats({ directory: directory.nats, secrets: directory.secrets, site: config.site, logFile, ...ports });
    if (!first && running.natsPort !== ports.natsPort) {
      await running.stop(1_000);
      throw new CannotStart(`nats cannot come back: another program took its port ${ports.natsPort}.`);
    }
    first = false;
    ports = { natsPort: running.natsPort, mqttPort: running.mqttPort };
    return running;
  };
  return { name: 'nats', graceMs: 700, whenDeaf: 'restart', ...remembering('nats', start) };
}

function remembering<T>(name: string, start: () => Promise<T>): { start(): Promise<T>; current(): T } {
  let last: T | null = null;
  return {
    start: async () => {
      last = await start();
      return last;
    },
    current: () => {
      if (last === null) throw new Error(`${name} was never started`);
      return last;
    },
  };
}
