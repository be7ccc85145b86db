import type { EquipmentStatus, Summary, Telemetry } from '../../statecharts/equipment/status.ts';
import type { LiveState } from './live.ts';

/** How far a value on screen can be believed. `age` in ms since it was true; null when never read. */
export type Truth =
  | { readonly kind: 'live'; readonly age: number }
  | { readonly kind: 'stale'; readonly age: number }
  | { readonly kind: 'unknown'; readonly age: null };

/** Telemetry arrives at least once a second; older than this it is stale, ms. */
const staleAfter = 2_000;

const unknown: Truth = { kind: 'unknown', age: null };

/** The truth of fast numbers: by their own age. `now` is server time. */
export function telemetryTruth(telemetry: Telemetry | undefined, now: number): Truth {
  if (!telemetry) return unknown;
  return byAge(Math.max(0, now - telemetry.at));
}

/**
 * The truth of a state word: what its owner says of it, unless the evidence that owner or device still speak is too old.
 * A status is published on change only, so the newest telemetry or summary is that evidence.
 */
export function stateTruth(document: Pick<EquipmentStatus | Summary, 'truth'> | undefined, evidenceAt: number, now: number): Truth {
  if (!document || document.truth === 'unknown') return unknown;
  const age = Math.max(0, now - evidenceAt);
  return document.truth === 'stale' ? { kind: 'stale', age } : byAge(age);
}

/** Without a connection nothing on the page is live. */
export function throughConnection(truth: Truth, live: LiveState): Truth {
  return live.kind === 'open' || truth.kind !== 'live' ? truth : { kind: 'stale', age: truth.age };
}

function byAge(age: number): Truth {
  return { kind: age > staleAfter ? 'stale' : 'live', age };
}

/** An age as number and unit: `['3:12', 'min']`. */
export function ageParts(ms: number): readonly [string, string] {
  const [number = '', unit = ''] = ageText(ms).split(' ');
  return [number, unit];
}

/** An age in few characters: `0.1 s`, `12 s`, `3:12 min`, `2:05 h`. */
export function ageText(ms: number): string {
  const seconds = ms / 1_000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)} min`;
  return `${Math.floor(seconds / 3_600)}:${two((seconds % 3_600) / 60)} h`;
}

/** A time of day in the browser's zone: `14:05:23`. */
export function timeText(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB', { hour12: false });
}
