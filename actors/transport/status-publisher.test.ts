import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type RunningNats, startNats } from '../launcher/nats.ts';
import { credentialFile } from '../launcher/nats-users.ts';
import { realClock } from '../system/real-ports.ts';
import { until } from '../testing/until.ts';
import { keptStatus } from './last-statuses.ts';
import { decodeJson, type Messages, openMessages } from './messages.ts';
import { StatusPublisher } from './status-publisher.ts';
import { ensureStreams } from './streams.ts';

const about = 'wit.main.equipment.mill-1.status';
let folder: string;
let nats: RunningNats;
let messages: Messages;
let statuses: StatusPublisher;
let heard: unknown[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-status-'));
  nats = await startNats({ directory: folder });
  messages = openMessages({
    url: nats.url,
    credsFile: credentialFile(folder, 'node'),
    name: 'status',
    now: Date.now,
    log: () => undefined,
  });
  await until('connected', () => messages.state.ok);
  messages.subscribe(about, ({ data }) => heard.push(decodeJson(data)));
});
afterAll(async () => {
  await messages?.close();
  await nats?.stop(5_000);
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  heard = [];
  statuses = new StatusPublisher({ messages, streams: { state: { ok: true, since: 0, cause: '' } }, clock: realClock });
});
afterEach(() => statuses.close());

async function kept(): Promise<unknown> {
  return messages.connection && keptStatus(messages.connection, 'main', 'mill-1');
}

test('[F19] a status that nobody kept when it was said is kept as soon as somebody does', async () => {
  statuses.say(about, { state: 'Idle' }, () => true);
  await until('it is heard', () => heard.length === 1);
  if (messages.connection) await ensureStreams(messages.connection, 1);
  await until('it is confirmed', () => statuses.owed === 0);
  expect(await kept()).toEqual({ state: 'Idle' });
});

test('[F19] what is said again and again is confirmed once, when it rests', async () => {
  for (let n = 1; n <= 5; n += 1) statuses.say(about, { n }, () => true);
  await until('it is confirmed', () => statuses.owed === 0);
  expect(heard).toEqual([1, 2, 3, 4, 5, 5].map(n => ({ n })));
});

test('[G1] whoever does not own it any more says nothing again', async () => {
  statuses.say(about, { mine: true }, () => false);
  await until('it is given up', () => statuses.owed === 0);
  expect(heard).toEqual([{ mine: true }]);
});

test('[F19] what changed while others are said again is not said once more as it was', async () => {
  const others = Array.from({ length: 16 }, (_, n) => `wit.main.equipment.other-${n}.status`);
  let words = 0;
  const stop = messages.subscribe(others[0] ?? '', () => {
    words += 1;
    if (words === 2) statuses.say(about, { n: 2 }, () => true);
  });
  for (const one of [...others, about]) statuses.say(one, { n: 1 }, () => true);
  await until('all are confirmed', () => words > 1 && statuses.owed === 0);
  stop();
  expect(heard).toEqual([{ n: 1 }, { n: 2 }, { n: 2 }]);
});
