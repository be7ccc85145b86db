import type { WeekWindow } from '../../statecharts/site/week.ts';
import { minutesOf } from '../../statecharts/site/week.ts';

const minuteMs = 60_000;
const dayMs = 86_400_000;
/** Windows are looked up so far ahead; what goes on for longer has no end. */
const daysAhead = 9;

export interface WindowNow {
  readonly active: boolean;
  /** When that changes, ms since 1970; null: never. */
  readonly until: number | null;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Whether it is now within the window, by the clocks on the wall of a time zone. Where the clock is put forward, a time that does not
 * exist is the moment of the change; where it is put back, a window begins with the first of the two and ends with the second.
 */
export function windowAt(window: WeekWindow, zone: string, now: number): WindowNow {
  const spans = merged(spansAround(window, zone, now));
  const current = spans.find(({ from, to }) => from <= now && now < to);
  const horizon = now + (daysAhead - 2) * dayMs;
  if (current) return { active: true, until: current.to > horizon ? null : current.to };
  return { active: false, until: spans.find(({ from }) => from > now)?.from ?? null };
}

function spansAround({ from, to, days }: WeekWindow, zone: string, now: number): Span[] {
  const today = Math.floor((now + offsetAt(zone, now)) / dayMs);
  const overnight = minutesOf(to) <= minutesOf(from) ? 1 : 0;
  return Array.from({ length: daysAhead + 2 }, (_, i) => today - 2 + i).flatMap(day =>
    days.length > 0 && !days.includes(weekdayOf(day))
      ? []
      : [
          {
            from: instantsOf(day * dayMs + minutesOf(from) * minuteMs, zone).first,
            to: instantsOf((day + overnight) * dayMs + minutesOf(to) * minuteMs, zone).last,
          },
        ],
  );
}

/** 1 Monday to 7 Sunday of a day counted from 1970-01-01, a Thursday. */
function weekdayOf(day: number): number {
  return ((((day + 3) % 7) + 7) % 7) + 1;
}

function merged(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && span.from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, span.to) };
    else result.push(span);
  }
  return result.filter(({ from, to }) => from < to);
}

/** The instants at which the clocks on the wall show this, as ms since 1970 of a clock without a zone: mostly one. */
function instantsOf(wall: number, zone: string): { readonly first: number; readonly last: number } {
  const [before, after] = [offsetAt(zone, wall - dayMs), offsetAt(zone, wall + dayMs)];
  const shown = [wall - before, wall - after].filter(instant => instant + offsetAt(zone, instant) === wall);
  if (shown.length > 0) return { first: Math.min(...shown), last: Math.max(...shown) };
  const change = changeBetween(zone, wall - Math.max(before, after), wall - Math.min(before, after));
  return { first: change, last: change };
}

/** The first ms of the later offset between two instants of which they differ. */
function changeBetween(zone: string, early: number, late: number): number {
  const offset = offsetAt(zone, early);
  let [low, high] = [early, late];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(zone, middle) === offset) low = middle;
    else high = middle;
  }
  return high;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the clocks of the zone are ahead of UTC at an instant, ms. */
function offsetAt(zone: string, instant: number): number {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(instant / 1_000) * 1_000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const part = 'numeric' as const;
  const format = new Intl.DateTimeFormat('en-u-ca-gregory', {
    timeZone: zone,
    hourCycle: 'h23',
    year: part,
    month: part,
    day: part,
    hour: part,
    minute: part,
    second: part,
  });
  formats.set(zone, format);
  return format;
}
