import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ChildExit, decideExit, type Exit, type Restart, type Strategy, type SupervisorSpec } from './decide-exit.ts';

const base: SupervisorSpec = {
  strategy: 'one-for-one',
  intensity: { restarts: 3, periodMs: 5_000 },
  backOff: { firstMs: 0, longestMs: 0, stableMs: 10_000 },
  beyond: { do: 'escalate' },
};
const abc = (['a', 'b', 'c'] as const).map(id => ({ id, restart: 'permanent' as Restart }));
const exitOf = (change: Partial<ChildExit> = {}): ChildExit => ({
  id: 'b',
  exit: 'error',
  now: 0,
  ranMs: 0,
  attempts: 0,
  random: 0.5,
  ...change,
});

describe('[G7] who is restarted', () => {
  const table: readonly [Strategy, readonly string[], readonly string[]][] = [
    ['one-for-one', [], ['b']],
    ['one-for-all', ['c', 'a'], ['a', 'b', 'c']],
    ['rest-for-one', ['c'], ['b', 'c']],
  ];
  test.each(table)('%s: the others end in reverse order and start in order', (strategy, stop, start) => {
    const decision = decideExit({ ...base, strategy }, { children: abc, restarts: [] }, exitOf());
    expect(decision).toMatchObject({ do: 'restart', stop, start });
  });

  const whether: readonly [Restart, Exit, boolean][] = [
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['permanent', 'error', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', false],
    ['transient', 'error', true],
    ['temporary', 'normal', false],
    ['temporary', 'shutdown', false],
    ['temporary', 'error', false],
  ];
  test.each(whether)('a %s child after %s: restarted %s', (restart, exit, restarted) => {
    const children = abc.map(one => (one.id === 'b' ? { ...one, restart } : one));
    for (const strategy of ['one-for-one', 'one-for-all', 'rest-for-one'] as const) {
      const decision = decideExit({ ...base, strategy }, { children, restarts: [] }, exitOf({ exit }));
      expect(decision.do).toBe(restarted ? 'restart' : 'leave');
      if (decision.do === 'leave') expect(decision.forget).toBe(restart === 'temporary');
    }
  });

  test('a temporary sibling ends with the others and does not come back', () => {
    const children = abc.map(one => (one.id === 'c' ? { ...one, restart: 'temporary' as const } : one));
    const decision = decideExit({ ...base, strategy: 'one-for-all' }, { children, restarts: [] }, exitOf());
    expect(decision).toMatchObject({ stop: ['c', 'a'], start: ['a', 'b'] });
  });
});

describe('[G7] restart intensity', () => {
  const inARow = (spec: SupervisorSpec, times: readonly number[]) => {
    let restarts: readonly number[] = [];
    return times.map(now => {
      const decision = decideExit(spec, { children: abc, restarts }, exitOf({ now }));
      if (decision.do === 'restart') restarts = decision.restarts;
      return decision.do === 'restart' && decision.paused ? 'pause' : decision.do;
    });
  };

  test('as many restarts as allowed within the period, then all end in reverse order and the parent is told', () => {
    expect(inARow(base, [0, 1, 2, 3])).toEqual(['restart', 'restart', 'restart', 'escalate']);
    const last = decideExit(base, { children: abc, restarts: [0, 1, 2] }, exitOf({ now: 3 }));
    expect(last).toEqual({ do: 'escalate', stop: ['c', 'a'] });
  });

  test('none allowed: the first failure escalates', () => {
    expect(inARow({ ...base, intensity: { restarts: 0, periodMs: 1 } }, [0])).toEqual(['escalate']);
  });

  test('restarts older than the period do not count', () => {
    expect(inARow(base, [0, 2_000, 4_000, 6_000, 8_000])).toEqual(['restart', 'restart', 'restart', 'restart', 'restart']);
    expect(inARow(base, [0, 1, 2, 5_000])).toEqual(['restart', 'restart', 'restart', 'escalate']);
  });

  test('where no machine may take another one down, it pauses instead, and goes on trying', () => {
    const spec = { ...base, beyond: { do: 'pause', ms: 30_000 } } as const;
    expect(inARow(spec, [0, 1, 2, 3, 4])).toEqual(['restart', 'restart', 'restart', 'pause', 'pause']);
    expect(decideExit(spec, { children: abc, restarts: [0, 1, 2] }, exitOf({ now: 3 }))).toMatchObject({ delayMs: 30_000 });
  });
});

describe('[G7] back-off', () => {
  const spec = { ...base, backOff: { firstMs: 200, longestMs: 1_000, stableMs: 10_000 } };
  const wait = (change: Partial<ChildExit>) => {
    const decision = decideExit(spec, { children: abc, restarts: [] }, exitOf(change));
    return decision.do === 'restart' ? decision.delayMs : null;
  };

  test('doubles up to the longest, with jitter of a quarter either way', () => {
    expect([0, 1, 2, 3, 4].map(attempts => wait({ attempts }))).toEqual([200, 400, 800, 1_000, 1_000]);
    expect([0, 1].map(random => wait({ random }))).toEqual([150, 250]);
  });

  test('begins anew after a stable run, and only then', () => {
    expect(wait({ attempts: 4, ranMs: 10_000 })).toBe(200);
    expect(wait({ attempts: 4, ranMs: 9_999 })).toBe(1_000);
  });
});

test('[G7] whatever happens: nobody is started that was not to be, order is kept, and restarts within a period stay within the intensity', () => {
  const restart = fc.constantFrom<Restart>('permanent', 'transient', 'temporary');
  const step = fc.record({ child: fc.nat(5), exit: fc.constantFrom<Exit>('normal', 'shutdown', 'error'), after: fc.nat(3_000) });
  const strategy = fc.constantFrom<Strategy>('one-for-one', 'one-for-all', 'rest-for-one');
  const world = fc.record({ strategy, kinds: fc.array(restart, { minLength: 1, maxLength: 6 }), steps: fc.array(step, { maxLength: 40 }) });
  fc.assert(
    fc.property(world, ({ strategy, kinds, steps }) => {
      const children = kinds.map((kind, i) => ({ id: `c${i}`, restart: kind }));
      const done: number[] = [];
      let [restarts, now]: [readonly number[], number] = [[], 0];
      for (const { child, exit, after } of steps) {
        now += after;
        const id = `c${child % kinds.length}`;
        const decision = decideExit({ ...base, strategy }, { children, restarts }, exitOf({ id, exit, now }));
        if (decision.do === 'escalate') return;
        if (decision.do === 'leave') continue;
        restarts = decision.restarts;
        done.push(now);
        const order = decision.start.map(one => children.findIndex(other => other.id === one));
        expect(order).toEqual([...order].sort((a, b) => a - b));
        expect(decision.start).toContain(id);
        expect(decision.stop).not.toContain(id);
        expect(children.filter(one => one.restart === 'temporary' && decision.start.includes(one.id))).toEqual([]);
        expect(done.filter(at => now - at <= base.intensity.periodMs).length).toBeLessThanOrEqual(base.intensity.restarts);
      }
    }),
  );
});
