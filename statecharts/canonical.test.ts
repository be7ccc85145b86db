import { describe, expect, test } from 'vitest';
import { canonicalJson, fnv64 } from './canonical.ts';
import { chartIdentity } from './chart-hash.ts';
import { equipmentChart } from './equipment/chart.ts';

describe('canonical text', () => {
  test('is equal for equal values, whatever the order of their keys', () => {
    expect(canonicalJson({ b: 1, a: { d: [2, null], c: 'x' } })).toBe('{"a":{"c":"x","d":[2,null]},"b":1}');
    expect(canonicalJson({ a: undefined, b: 1 })).toBe(canonicalJson({ b: 1 }));
    expect(canonicalJson([1, 2])).not.toBe(canonicalJson([2, 1]));
  });
});

describe('the digest', () => {
  test('is FNV-1a with 64 bits', () => {
    // Published test vectors of the algorithm.
    expect(fnv64('')).toBe('cbf29ce484222325');
    expect(fnv64('a')).toBe('af63dc4c8601ec8c');
    expect(fnv64('foobar')).toBe('85944171f73967e8');
  });
});

describe('the identity of a chart', () => {
  test('changes with a guard and not with its implementations', () => {
    const chart = equipmentChart('motion');
    const states = structuredClone(chart.config.states) as unknown as Record<string, { on?: Record<string, unknown> }>;
    const same = { id: chart.id, version: chart.version ?? '', config: { ...chart.config, states } };
    expect(chartIdentity(same)).toEqual(chartIdentity(chart));
    if (states.execution?.on) delete states.execution.on['link.lost'];
    expect(chartIdentity(same).hash).not.toBe(chartIdentity(chart).hash);
  });
});
