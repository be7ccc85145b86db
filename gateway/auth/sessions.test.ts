import { expect, test } from 'vitest';
import type { DatabaseDoor } from '../http/database-door.ts';
import type { SessionFacts } from './session-store.ts';
import { Sessions } from './sessions.ts';

const mara = { id: 'mara', name: 'Mara', login: 'mara', role: 'operator' } as const;
const caller = { ...mara, sid: 's-1' };
const facts = (presence: Record<string, number>): SessionFacts => ({
  id: 's-1',
  person: mara,
  presence,
  inWorkshop: null,
  qualifications: [],
});

test.each([
  ['this session', (sessions: Sessions) => sessions.changed(caller.sid)],
  ['its person', (sessions: Sessions) => sessions.changedFor(['mara'])],
])('what was read before a change of %s does not stand after it, however late the reading comes back', async (_, change) => {
  const readings: ((read: SessionFacts) => void)[] = [];
  const door = { health: { ok: true }, ask: () => new Promise(answer => readings.push(answer)) } as unknown as DatabaseDoor;
  const sessions = new Sessions({ door, find: async () => null, site: 'main', now: () => 0 });
  const early = sessions.me(caller);
  change(sessions);
  const later = sessions.me(caller);
  readings[1]?.(facts({ 'mill-1': 1 }));
  expect((await later).presence).toEqual({ 'mill-1': 1 });
  readings[0]?.(facts({}));
  await early;
  expect((await sessions.me(caller)).presence).toEqual({ 'mill-1': 1 });
  expect(readings).toHaveLength(2);
});

/** Sessions over a database that answers as the test wants, and the hand on their clock. */
function sessionsOver(ask: () => Promise<SessionFacts | null>) {
  const clock = { at: 0 };
  const door = { health: { ok: true }, ask } as unknown as DatabaseDoor;
  const sessions = new Sessions({ door, find: async () => null, site: 'main', now: () => clock.at });
  const { id: sub, ...rest } = caller;
  return { clock, sessions, claims: { sub, ...rest } };
}
const never = new Promise<never>(() => undefined);

test('[F27] a stop is decided by what is known, else by the token, while the database hangs', async () => {
  const answers = [Promise.resolve(facts({ 'mill-1': 9_000_000 })), never];
  const { clock, sessions, claims } = sessionsOver(() => answers.shift() ?? never);
  expect(await sessions.confirm({ ...claims, role: 'viewer' }, 'whole')).toEqual(caller);
  for (const at of [3_000, 60_000]) {
    clock.at = at;
    expect(await sessions.confirm({ ...claims, role: 'viewer' }, 'short')).toEqual(caller);
    expect(await sessions.presenceAt(caller, 'mill-1', 'believe')).toBe(9_000_000);
  }
  expect(await sessions.confirm({ ...claims, sid: 's-2', role: 'viewer' }, 'short')).toMatchObject({ sid: 's-2', role: 'viewer' });
});

test('[S9] a session known to be ended stays refused while the database hangs, also for a stop', async () => {
  const { clock, sessions, claims } = sessionsOver(() => never);
  sessions.ended(caller.sid);
  for (const at of [0, 60_000]) {
    clock.at = at;
    expect(await sessions.confirm(claims, 'short')).toMatchObject({ refused: 'not-authenticated' });
  }
});

test('[S9] a stop of a session that was ended elsewhere is refused as soon as the database says so, and after 5 s at the latest', async () => {
  const { clock, sessions, claims } = sessionsOver(async () => (clock.at === 0 ? facts({}) : null));
  await sessions.confirm(claims);
  clock.at = 4_000;
  expect(await sessions.confirm(claims, 'short')).toEqual(caller);
  expect(await sessions.confirm(claims, 'short')).toMatchObject({ refused: 'not-authenticated' });
  const late = sessionsOver(async () => (late.clock.at === 0 ? facts({}) : null));
  await late.sessions.confirm(claims);
  late.clock.at = 5_000;
  expect(await late.sessions.confirm(claims, 'short')).toMatchObject({ refused: 'not-authenticated' });
});
