import { readConfig } from './config.ts';
import { type Node, startNode } from './node.ts';
import { answerPings } from './supervision/answer-pings.ts';
import { realClock, realRandom, realUptime } from './system/real-ports.ts';

/** The node program: hosts the equipment and jobs of this computer. Ends in order on SIGTERM, SIGINT or when its parent goes away. */
async function main(): Promise<void> {
  const read = readConfig(process.env);
  if (!read.ok) return fail(read.sentence);
  const { databaseUrl, natsUrl } = read.config;
  if (databaseUrl === null) return fail('WIT_DATABASE_URL is needed: a node keeps its journal in PostgreSQL.');
  if (natsUrl === null) return fail('WIT_NATS_URL is needed: a node is spoken to over NATS.');
  const log = (line: string) => process.stderr.write(`${new Date(realClock.now()).toISOString()} ${line}\n`);
  const started = await startNode({
    config: { ...read.config, databaseUrl, natsUrl },
    clock: realClock,
    random: realRandom,
    uptime: realUptime,
    log,
  });
  if (!started.ok) return fail(started.sentence);
  endInOrder(started.node, read.config.drainMs + read.config.drainWaitMs);
  answerPings();
  process.send?.({ ready: true, stopSocket: started.node.stopSocket, boot: started.node.boot });
}

/** Whatever hangs, the process is gone within 5 s after its runs were handed over or came to their end. */
const shutdownMs = 4_500;

/** A second signal ends the waiting for the last runs. */
function endInOrder(node: Node, withinMs: number): void {
  let ending = false;
  const end = () => {
    if (ending) return node.hurry();
    ending = true;
    setTimeout(() => process.exit(1), withinMs + shutdownMs).unref();
    node.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  for (const reason of ['SIGTERM', 'SIGINT', 'disconnect']) process.on(reason, end);
}

function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
  process.disconnect?.();
}

await main();
