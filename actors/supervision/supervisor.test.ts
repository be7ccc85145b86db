import { describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Restart, SupervisorSpec } from './decide-exit.ts';
import { type Started, Supervisor } from './supervisor.ts';

const spec: SupervisorSpec = {
  strategy: 'one-for-one',
  intensity: { restarts: 2, periodMs: 60_000 },
  backOff: { firstMs: 100, longestMs: 10_000, stableMs: 60_000 },
  beyond: { do: 'escalate' },
};

/** A supervisor over children that do what the test says. */
function bench(change: Partial<SupervisorSpec> = {}) {
  const clock = new ManualClock();
  const did: string[] = [];
  const log: string[] = [];
  const broken = new Map<string, string>();
  const options = {
    spec: { ...spec, ...change },
    clock,
    random: () => 0.5,
    log: (line: string) => log.push(line),
    changed: () => undefined,
  };
  const supervisor = new Supervisor({ ...options, escalate: sentence => did.push(`escalate ${sentence}`) });
  const child = (id: string, restart: Restart = 'permanent') => ({
    id,
    restart,
    start: async (): Promise<Started> => {
      const why = broken.get(id);
      did.push(`${why ? 'fail' : 'start'} ${id}`);
      if (why === 'throw') throw new Error('it threw');
      const stop = async () => {
        did.push(`stop ${id}`);
      };
      return why ? { ok: false, sentence: why } : { ok: true, running: { stop } };
    },
  });
  const settle = () => supervisor.retry('nobody');
  const advance = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { clock, did, log, broken, supervisor, child, advance };
}

describe('[G7] a supervisor', () => {
  test('tries a child whose first start fails again, with back-off, and shows why until it runs', async () => {
    const { supervisor, broken, child, did, advance, log } = bench();
    broken.set('mill', 'its settings do not fit');
    await supervisor.add(child('mill'));
    expect(supervisor.tree).toMatchObject([{ id: 'mill', state: 'waiting', why: 'its settings do not fit', restarts: 1, nextAt: 100 }]);
    broken.set('mill', 'throw');
    await advance(100);
    expect(supervisor.tree).toMatchObject([{ state: 'waiting', why: 'it threw', restarts: 2, nextAt: 300 }]);
    broken.delete('mill');
    await advance(200);
    expect(supervisor.tree).toMatchObject([{ state: 'running', why: null, nextAt: null, restarts: 2 }]);
    expect(did).toEqual(['fail mill', 'fail mill', 'start mill']);
    expect(log).toEqual(['mill: its settings do not fit', 'mill: it threw', 'mill: runs again']);
  });

  test('ends and restarts what was started after the failed one, in order', async () => {
    const { supervisor, child, did, advance } = bench({ strategy: 'rest-for-one' });
    for (const id of ['jobs', 'mill', 'lathe']) await supervisor.add(child(id));
    await supervisor.ended('mill', 'error', 'it broke');
    await advance(100);
    expect(did).toEqual(['start jobs', 'start mill', 'start lathe', 'stop lathe', 'start mill', 'start lathe']);
  });

  test('beyond its intensity ends everything in reverse order and tells its parent', async () => {
    const { supervisor, child, did, advance } = bench();
    for (const id of ['jobs', 'mill', 'lathe']) await supervisor.add(child(id));
    for (let n = 0; n < 3; n += 1) {
      await supervisor.ended('mill', 'error', 'it broke');
      await advance(1_000);
    }
    expect(did.slice(-3)).toEqual(['stop lathe', 'stop jobs', 'escalate mill keeps failing: it broke']);
    expect(supervisor.tree.map(one => one.state)).toEqual(['ended', 'ended', 'ended']);
  });

  test('ends its children in the reverse order of their start and starts nothing afterwards', async () => {
    const { supervisor, child, did, broken, advance } = bench();
    await supervisor.add(child('jobs'));
    broken.set('mill', 'off');
    await supervisor.add(child('mill'));
    await supervisor.add(child('lathe'));
    await supervisor.close();
    await advance(60_000);
    expect(did).toEqual(['start jobs', 'fail mill', 'start lathe', 'stop lathe', 'stop jobs']);
  });

  test('forgets a temporary child that ended, and one that was taken out', async () => {
    const { supervisor, child } = bench();
    await supervisor.add(child('guest', 'temporary'));
    await supervisor.add(child('mill'));
    await supervisor.ended('guest', 'error', 'gone');
    await supervisor.remove('mill');
    expect(supervisor.tree).toEqual([]);
  });

  test('ends a child that was added while the one of its id before was still ending, and forgets that one alone', async () => {
    const { supervisor, child, did } = bench();
    let letEnd = () => {};
    const slowly = new Promise<void>(done => {
      letEnd = done;
    });
    const slow: Started = { ok: true, running: { stop: () => slowly } };
    await supervisor.add({ ...child('mill', 'temporary'), start: async () => slow });
    const removed = supervisor.remove('mill');
    const added = supervisor.add(child('mill', 'temporary'));
    letEnd();
    await Promise.all([removed, added]);
    expect(supervisor.tree).toMatchObject([{ id: 'mill', state: 'running' }]);
    await supervisor.close();
    expect(did).toEqual(['start mill', 'stop mill']);
  });

  test('ends those that are taken out together at the same time', async () => {
    const { supervisor, child } = bench();
    const ending: string[] = [];
    let letEnd = () => {};
    const both = new Promise<void>(done => {
      letEnd = done;
    });
    for (const id of ['mill', 'lathe']) {
      const stop = () => {
        if (ending.push(id) === 2) letEnd();
        return both;
      };
      await supervisor.add({ ...child(id, 'temporary'), start: async () => ({ ok: true, running: { stop } }) });
    }
    await supervisor.remove('mill', 'lathe');
    expect(ending).toEqual(['mill', 'lathe']);
    expect(supervisor.tree).toEqual([]);
  });

  test('tries a waiting child at once when asked, and a running one not twice', async () => {
    const { supervisor, child, did, broken, advance } = bench();
    broken.set('mill', 'off');
    await supervisor.add(child('mill'));
    broken.delete('mill');
    await supervisor.retry('mill');
    await supervisor.retry('mill');
    await advance(60_000);
    expect(did).toEqual(['fail mill', 'start mill']);
  });
});
