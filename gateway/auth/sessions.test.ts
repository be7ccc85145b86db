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
