import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readConfig } from '../actors/config.ts';
import { answerPings } from '../actors/supervision/answer-pings.ts';
import { jsonLog } from './http/log.ts';
import { startGateway } from './server.ts';

/** The gateway program: configuration in, one sentence and exit 1 when it cannot serve, orderly end with its parent. */
const log = jsonLog('gateway', line => process.stderr.write(line), Date.now);
const endWithinMs = 2_500;

function fail(sentence: string): never {
  process.stderr.write(`gateway: ${sentence}\n`);
  process.exit(1);
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}

const read = readConfig(process.env);
if (!read.ok) fail(read.sentence);
const { config } = read;
const { databaseUrl, natsUrl } = config;
if (databaseUrl === null || natsUrl === null) fail('WIT_DATABASE_URL and WIT_NATS_URL are needed.');
const uiFolder = fileURLToPath(new URL('./ui/', import.meta.url));
const version = await readVersion();
const options = { config, databaseUrl, natsUrl, uiFolder, version, now: Date.now, mono: () => performance.now(), log };
const gateway = await startGateway(options).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  // A hung connection must not keep a parent waiting.
  setTimeout(() => process.exit(0), endWithinMs).unref();
  void gateway.close().finally(() => process.exit(0));
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('disconnect', end);
answerPings();
process.send?.({ ready: true, port: gateway.port });
