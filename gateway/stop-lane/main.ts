import { readConfig } from '../../actors/config.ts';
import { answerPings } from '../../actors/supervision/answer-pings.ts';
import { jsonLog } from '../http/log.ts';
import { startStopLane } from './lane.ts';

/** The stop lane program: small, alone with its socket, so that no load elsewhere can delay a stop. */
const log = jsonLog('stop-lane', line => process.stderr.write(line), Date.now);
const endWithinMs = 1_500;

function fail(sentence: string): never {
  process.stderr.write(`stop-lane: ${sentence}\n`);
  process.exit(1);
}

const read = readConfig(process.env);
if (!read.ok) fail(read.sentence);
const options = { config: read.config, now: Date.now, mono: () => performance.now(), log };
const lane = await startStopLane(options).catch((error: unknown) => fail(error instanceof Error ? error.message : String(error)));

let ending = false;
function end(): void {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(0), endWithinMs).unref();
  void lane.close().finally(() => process.exit(0));
}
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('disconnect', end);
answerPings();
process.send?.({ ready: true, port: lane.port });
