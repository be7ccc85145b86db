import type { Database } from '../storage/database.ts';
import { testDatabase } from '../storage/self-test.ts';
import type { Clock, Log } from '../system/ports.ts';
import type { Messages } from '../transport/messages.ts';
import { type Finding, testMessages } from '../transport/self-test.ts';

export interface SelfTestOptions {
  readonly db: Database;
  readonly messages: Messages;
  readonly site: string;
  readonly nodeId: string;
  readonly boot: string;
  readonly clock: Clock;
  readonly log: Log;
  found(findings: readonly Finding[]): void;
}

const limitMs = 1_000;

/**
 * Looks once, beside the start and never in its way, whether the services do what the node was made for; the message server as soon as it
 * is there. What is off is said in one line each. Returns the way to stop.
 */
export function startSelfTest(options: SelfTestOptions): () => void {
  const { db, messages, site, nodeId, boot, log, found } = options;
  const all: Finding[] = [];
  const take = (findings: readonly Finding[]) => {
    for (const { sentence } of findings) log(`self-test: ${sentence}`);
    all.push(...findings);
    found([...all]);
  };
  void within(options, 'PostgreSQL', testDatabase(db)).then(take);
  let tested = false;
  return messages.onState(({ ok }) => {
    const { connection } = messages;
    if (!ok || tested || !connection) return;
    tested = true;
    void within(options, 'NATS', testMessages(connection, { site, node: nodeId, run: boot.slice(0, 8) })).then(take);
  });
}

/** A test that fails or takes too long is a finding itself. */
async function within({ clock }: SelfTestOptions, service: string, test: Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  let timer = { cancel: () => {} };
  const late = new Promise<never>((_, reject) => {
    timer = clock.setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([test, late]);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return [{ code: `${service.toLowerCase()}-untested`, sentence: `${service} could not be tested: ${why}.` }];
  } finally {
    timer.cancel();
  }
}
