import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { windowAt } from './windows.ts';

const berlin = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);
const night = { from: '22:00', to: '06:00', days: [] };
const now = (text: string, window: Parameters<typeof windowAt>[0] = night, zone = berlin) => {
  const { active, until } = windowAt(window, zone, at(text));
  return { active, until: until === null ? null : new Date(until).toISOString() };
};

describe('[SR4] a window of the week', () => {
  test('[SR4] runs over midnight and says when it changes', () => {
    expect(now('2026-01-14T23:00:00+01:00')).toEqual({ active: true, until: '2026-01-15T05:00:00.000Z' });
    expect(now('2026-01-15T05:59:59+01:00')).toEqual({ active: true, until: '2026-01-15T05:00:00.000Z' });
    expect(now('2026-01-15T06:00:00+01:00')).toEqual({ active: false, until: '2026-01-15T21:00:00.000Z' });
  });

  test('[SR4] begins on its days only, and goes on into the next', () => {
    const friday = { from: '22:00', to: '06:00', days: [5] };
    expect(now('2026-01-17T03:00:00+01:00', friday).active).toBe(true);
    expect(now('2026-01-16T03:00:00+01:00', friday)).toEqual({ active: false, until: '2026-01-16T21:00:00.000Z' });
    expect(now('2026-01-17T12:00:00+01:00', friday)).toEqual({ active: false, until: '2026-01-23T21:00:00.000Z' });
  });

  test('[SR4] that follows itself never ends', () => {
    expect(now('2026-01-14T12:00:00+01:00', { from: '08:00', to: '08:00', days: [] })).toEqual({ active: true, until: null });
    expect(now('2026-01-14T12:00:00+01:00', { from: '08:00', to: '08:00', days: [3] })).toEqual({
      active: true,
      until: '2026-01-15T07:00:00.000Z',
    });
  });

  test('[SR4] follows the clocks on the wall when they are put forward and back', () => {
    expect(now('2026-03-28T23:00:00+01:00')).toEqual({ active: true, until: '2026-03-29T04:00:00.000Z' });
    expect(now('2026-10-24T23:00:00+02:00')).toEqual({ active: true, until: '2026-10-25T05:00:00.000Z' });
  });

  test('[SR4] whose time does not exist on one day begins with the change', () => {
    const early = { from: '02:30', to: '04:00', days: [] };
    expect(now('2026-03-29T01:59:00+01:00', early)).toEqual({ active: false, until: '2026-03-29T01:00:00.000Z' });
    expect(now('2026-03-29T03:00:00+02:00', early)).toEqual({ active: true, until: '2026-03-29T02:00:00.000Z' });
  });

  test('[SR4] whose time comes twice begins with the first and ends with the second', () => {
    expect(now('2026-10-25T02:30:00+02:00', { from: '02:15', to: '02:45', days: [] })).toEqual({
      active: true,
      until: '2026-10-25T01:45:00.000Z',
    });
    expect(now('2026-10-25T02:10:00+01:00', { from: '02:15', to: '02:45', days: [] }).active).toBe(true);
  });

  test('[SR4] is counted in the time zone of the site', () => {
    expect(now('2026-07-01T12:00:00Z', night, 'Pacific/Auckland').active).toBe(true);
    expect(now('2026-07-01T12:00:00Z', night, 'UTC').active).toBe(false);
  });
});

const time = fc.tuple(fc.nat(23), fc.nat(59)).map(([h, m]) => `${String(h).padStart(2, '0')}:${String(m).padStart(2, '0')}`);

test('[SR4] says of every moment until its `until` the same, and the opposite then, around every change of the clocks', () => {
  const days = fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 7 });
  const zone = fc.constantFrom(berlin, 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kolkata', 'UTC');
  const moment = fc.constantFrom('2026-03-29', '2026-10-25', '2026-03-08', '2026-11-01', '2026-04-05', '2026-10-04');
  fc.assert(
    fc.property(time, time, days, zone, moment, fc.integer({ min: -2_880, max: 2_880 }), (from, to, on, where, day, minutes) => {
      const window = { from, to, days: on };
      const start = at(`${day}T00:00:00Z`) + minutes * 60_000;
      const { active, until } = windowAt(window, where, start);
      if (until === null) return;
      expect(until).toBeGreaterThan(start);
      expect(windowAt(window, where, start + Math.floor((until - start) / 2)).active).toBe(active);
      expect(windowAt(window, where, until - 1).active).toBe(active);
      expect(windowAt(window, where, until).active).toBe(!active);
    }),
    { numRuns: 150 },
  );
});
