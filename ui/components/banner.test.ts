import { expect, test } from 'vitest';
import type { SystemState } from '../../gateway/contract/live.ts';
import { bannerOf } from './banner.ts';

const now = 100_000;
const well: SystemState = {
  at: now,
  site: 'main',
  database: { ok: true, since: 0 },
  messages: { ok: true, since: 0 },
  nodes: [{ id: 'node-1', ok: true, since: 0, lastHeard: now }],
  impairments: [],
};
const facts = { live: { kind: 'open', roundTrip: 3 }, lane: { kind: 'ready', node: true, roundTrip: 1 }, system: well, now } as const;

test('says nothing while everything is well', () => {
  expect(bannerOf(facts)).toBeNull();
});

test('[F27] says since when the database is away and what that means', () => {
  const banner = bannerOf({ ...facts, system: { ...well, database: { ok: false, since: now - 12_000 } } });
  expect(banner?.what).toBe('Database away for 12 s.');
  expect(banner?.means).toContain('History is delayed');
});

test('[F19] [F20] says why messages are away, and what goes on', () => {
  const cause = 'The message servers have lost their majority: 1 of 3 is there.';
  const banner = bannerOf({ ...facts, system: { ...well, messages: { ok: false, since: now - 12_000, cause } } });
  expect(banner?.what).toBe('Messages away for 12 s.');
  expect(banner?.means).toBe(`${cause} Running jobs and stops go on; history follows.`);
});

test('[F24] [F33] [F34] says what hinders a host, before what that is the cause of', () => {
  const sentence = 'Storage full on the disk of the message store, 0 MB left.';
  const impairments = [{ host: 'node-1', code: 'storage-full', sentence, since: now - 12_000 }];
  const banner = bannerOf({ ...facts, system: { ...well, messages: { ok: false, since: now }, impairments } });
  expect(banner).toEqual({ what: 'Trouble on node-1 for 12 s.', means: sentence });
});

test('[F1] a lost connection comes before everything else, and says that the job continues', () => {
  const banner = bannerOf({ ...facts, live: { kind: 'lost', since: now - 3_000 }, lane: { kind: 'closed' } });
  expect(banner).toEqual({ what: 'Connection lost for 3 s.', means: 'The job continues on the machine. What is shown is old.' });
});

test('[F3] tells when a stop would not be confirmed, and whose machines are not known', () => {
  expect(bannerOf({ ...facts, lane: { kind: 'ready', node: false, roundTrip: 1 } })?.means).toContain('use the hardware stop');
  expect(
    bannerOf({ ...facts, system: { ...well, nodes: [{ id: 'node-1', ok: false, since: now - 4_000, lastHeard: 0 }] } })?.what,
  ).toContain('node-1');
});
