import { describe, expect, it } from 'vitest';
import type { StatusLine } from './parse-status.ts';
import { conditionOf, mergeStatus } from './status.ts';

const at = { x: 10, y: 20, z: 30 };
const offset = { x: 1, y: 2, z: 3 };

describe('mergeStatus', () => {
  it('keeps offset and overrides when a report leaves them out, and drops pins', () => {
    const first = mergeStatus(
      null,
      { state: 'Idle', machine: at, offset, pins: ['X'], overrides: { feed: 90, rapid: 50, spindle: 100 } },
      1,
    );
    const next = mergeStatus(first, { state: 'Idle', machine: at }, 1);
    expect(next).toMatchObject({ offset, overrides: { feed: 90, rapid: 50, spindle: 100 }, pins: [], work: { x: 9, y: 18, z: 27 } });
  });

  it('computes the machine position of a controller that reports the work position', () => {
    expect(mergeStatus(null, { state: 'Idle', work: at, offset }, 1).machine).toEqual({ x: 11, y: 22, z: 33 });
  });

  it('does not guess a work position before the first offset', () => {
    expect(mergeStatus(null, { state: 'Idle', machine: at }, 1).work).toBeNull();
  });

  it('shows no length while the unit of the reports is unknown, and converts inches', () => {
    expect(mergeStatus(null, { state: 'Idle', machine: at, feed: 10 }, null)).toMatchObject({ machine: null, feed: null });
    expect(mergeStatus(null, { state: 'Idle', machine: { x: 1, y: 0, z: 0 } }, 25.4).machine).toEqual({ x: 25.4, y: 0, z: 0 });
  });
});

describe('conditionOf', () => {
  it.each<[Pick<StatusLine, 'state' | 'sub'>, string]>([
    [{ state: 'Idle' }, 'idle'],
    [{ state: 'Run' }, 'running'],
    [{ state: 'Hold', sub: 0 }, 'held'],
    [{ state: 'Hold', sub: 1 }, 'holding'],
    [{ state: 'Door', sub: 0 }, 'door-closed'],
    [{ state: 'Door', sub: 1 }, 'door-open'],
    [{ state: 'Door', sub: 2 }, 'door-opening'],
    [{ state: 'Door', sub: 3 }, 'resuming'],
    [{ state: 'Home' }, 'homing'],
    [{ state: 'Jog' }, 'jogging'],
    [{ state: 'Alarm' }, 'alarm'],
    [{ state: 'Check' }, 'check'],
    [{ state: 'Sleep' }, 'asleep'],
  ])('%j is %s', (line, condition) => {
    expect(conditionOf(line)).toBe(condition);
  });
});
