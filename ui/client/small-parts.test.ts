import { expect, test } from 'vitest';
import { z } from 'zod';
import { running } from '../../statecharts/equipment/test-bench.ts';
import { fold } from '../panels/console.tsx';
import { nextOverride } from '../panels/overrides.tsx';
import { linesOf } from '../panels/run.tsx';
import { millAfter, millTelemetry } from '../testing/workshop.ts';
import { consoleLinesOf } from './console-lines.ts';
import { routeOf } from './route.ts';
import { serverClock } from './server-clock.ts';
import { uuidv7 } from './uuidv7.ts';

test('ids are UUIDs of version 7 that rise with time', () => {
  const at = (now: number) => uuidv7({ now: () => now, randomBytes: bytes => crypto.getRandomValues(bytes) });
  const ids = [at(1_700_000_000_000), at(1_700_000_000_001), at(1_800_000_000_000)];
  for (const id of ids) expect(z.uuidv7().safeParse(id).success).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
});

test('what the server last wrote is not made younger by the clock of the browser', () => {
  let now = 1_000;
  const clock = serverClock({ now: () => now });
  clock.hear(500_000);
  now += 60_000;
  expect(clock.lastHeard()).toBe(500_000);
  expect(clock.now()).toBe(560_000);
});

test('only pages that exist have an address', () => {
  expect(routeOf('/machines/mill-1')).toEqual({ page: 'machine', equipment: 'mill-1' });
  expect(routeOf('/machines/../etc').page).toBe('lost');
  expect(routeOf('/projects').page).toBe('lost');
});

test('runs of status polls are folded to their count', () => {
  const line = (text: string, poll: boolean) => ({ at: 0, direction: 'received' as const, text, poll });
  const lines = consoleLinesOf({
    type: 'wire',
    actor: 'equipment/mill-1',
    dropped: 0,
    lines: [line('<Idle>', true), line('<Idle>', true), line('ok', false), line('<Idle>', true)],
  });
  expect(fold(lines, true).map(entry => ('folded' in entry ? entry.folded : entry.line.text))).toEqual([2, 'ok', 1]);
  expect(fold(lines, false)).toHaveLength(4);
});

test('lines lost on a slow link are told, a refusal is a line of its own', () => {
  const wire = consoleLinesOf({ type: 'wire', actor: 'equipment/mill-1', dropped: 7, lines: [] });
  expect(wire[0]?.text).toContain('7 lines not shown');
  const data = { type: 'command.refused', time: '2026-11-23T14:00:00Z', data: { command: 'START', outcome: 'refused', reasons: [{}, {}] } };
  expect(consoleLinesOf({ type: 'event', equipment: 'mill-1', data })).toMatchObject([
    { kind: 'refused', text: 'START refused', aside: '2 reasons' },
  ]);
});

test('overrides step within the range of the device', () => {
  expect(nextOverride('feed', 100, 1)).toBe(110);
  expect(nextOverride('feed', 200, 1)).toBe(200);
  expect(nextOverride('rapid', 50, -1)).toBe(25);
  expect(nextOverride('rapid', 100, 1)).toBe(100);
});

test('a running program is counted by telemetry, an ended one by its own record with the lines in doubt', () => {
  const { status } = millAfter(running, 1_000);
  const telemetry = { ...millTelemetry(1_000), program: { job: 'job-1', sent: 40, acknowledged: 30, total: 100 } };
  expect(linesOf(status, telemetry)).toMatchObject({ acknowledged: 30, sent: 40, uncertain: null });
  const run = {
    job: 'job-1',
    result: 'interrupted' as const,
    sent: 40,
    acknowledged: 30,
    total: 100,
    uncertain: [31, 40] as [number, number],
    at: 1,
  };
  expect(linesOf({ ...status, run }, telemetry)).toMatchObject({ acknowledged: 30, uncertain: [31, 40] });
});
