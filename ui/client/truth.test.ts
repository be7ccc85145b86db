import { expect, test } from 'vitest';
import { running } from '../../statecharts/equipment/test-bench.ts';
import { millAfter, millTelemetry } from '../testing/workshop.ts';
import { ageParts, ageText, stateTruth, telemetryTruth, throughConnection } from './truth.ts';

const at = 1_000_000;
const { status } = millAfter(running, at);

test('telemetry is live up to two seconds, then stale with its age', () => {
  expect(telemetryTruth(millTelemetry(at), at + 2_000)).toEqual({ kind: 'live', age: 2_000 });
  expect(telemetryTruth(millTelemetry(at), at + 2_001)).toEqual({ kind: 'stale', age: 2_001 });
});

test('a value that was never read is unknown', () => {
  expect(telemetryTruth(undefined, at).kind).toBe('unknown');
  expect(stateTruth(undefined, 0, at).kind).toBe('unknown');
});

test('a state is stale when its owner says so or when nothing proves that the owner still speaks', () => {
  expect(stateTruth(status, at, at + 500).kind).toBe('live');
  expect(stateTruth({ truth: 'stale' }, at, at + 500).kind).toBe('stale');
  expect(stateTruth(status, at, at + 5_000).kind).toBe('stale');
});

test('nothing is live without a connection', () => {
  const live = stateTruth(status, at, at);
  expect(throughConnection(live, { kind: 'lost', since: at }).kind).toBe('stale');
  expect(throughConnection(live, { kind: 'open', roundTrip: 3 }).kind).toBe('live');
});

test('ages are short', () => {
  expect([100, 12_400, 192_000, 7_500_000].map(ageText)).toEqual(['0.1 s', '12 s', '3:12 min', '2:05 h']);
  expect(ageParts(192_000)).toEqual(['3:12', 'min']);
});
