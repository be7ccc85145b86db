import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type RunningPostgres, startPostgres } from '../launcher/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the URL of the run's PostgreSQL, which starts with the first question. */
    readonly postgresDesk: string;
  }
}

/** One PostgreSQL for a whole test run, and none for a run that needs none. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let running: Promise<RunningPostgres> | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'wit-test-pg-'));
  const desk = createServer((_request, response) => {
    running ??= startPostgres({ directory: folder, socketDirectory: folder, settings: { fsync: 'off', max_connections: '200' } });
    running.then(
      server => response.end(server.url),
      cause => response.writeHead(500).end(String(cause)),
    );
  });
  await new Promise<void>(resolve => desk.listen(0, '127.0.0.1', resolve));
  project.provide('postgresDesk', `http://127.0.0.1:${(desk.address() as AddressInfo).port}`);
  return async () => {
    desk.close();
    await (await running)?.stop(5_000);
    rmSync(folder, { recursive: true, force: true });
  };
}
