import { expect, test } from 'vitest';
import type { EquipmentInput } from './context.ts';
import type { EquipmentEvent } from './events.ts';
import type { DeviceCondition } from './reports.ts';
import { arrival, bench, command, millInput, preparation, running } from './test-bench.ts';

const condition = (is: DeviceCondition): EquipmentEvent => ({ type: 'device.condition', condition: is, at: 50 });
const synced = (is: DeviceCondition): EquipmentEvent => ({ type: 'device.synced', condition: is, homed: false, heldByUs: true, at: 72 });
const found = (is: DeviceCondition): EquipmentEvent[] => [{ type: 'link.up', at: 71 }, synced(is)];
const held = [...running, command('HOLD', {}), condition('held')];
const unstopped: EquipmentEvent = { type: 'effect.failed', effect: 'device.abort', code: 'no-answer', text: 'No answer.', at: 71 };
const away: EquipmentEvent = { type: 'link.lost', reason: 'unplugged', at: 70 };

test('[EQ25] a machine at rest is disconnected, and neither its old link nor a new owner connects it', () => {
  const mill = bench(preparation);
  expect(mill.send(command('DISCONNECT', {}))).toEqual(['link.close']);
  const apart = { connection: 'disconnected', safety: 'unknown', execution: 'Aborted' };
  expect(mill.state()).toMatchObject(apart);
  mill.send({ type: 'link.up', at: 80 }, { ...away, at: 81 }, { type: 'authority.acquired', epoch: 2, at: 82 });
  expect(mill.state()).toMatchObject(apart);
  expect(mill.facts()).toMatchObject({ linkOpen: false, linkReason: 'Disconnected by Mara.' });
  expect(mill.send(command('CONNECT', {}))).toEqual(['link.open']);
  expect(mill.state()).toMatchObject({ connection: 'offline', execution: 'Aborted' });
  expect(mill.facts().linkReason).toBeNull();
});

test.each([
  ['runs', running],
  ['is held', held],
  ['is jogging', [...preparation, command('SET_MODE', { mode: 'setup' }), command('HOME', {})]],
  ['does not answer, and may be moving', [...running, { type: 'link.silent', ms: 1, at: 70 }, unstopped]],
  ['has not been read yet', [...preparation, away, { type: 'link.up', at: 71 }]],
  ['is moved by somebody else', [...arrival, condition('running')]],
] satisfies [string, readonly EquipmentEvent[]][])('[EQ25] the link of a machine that %s is kept', (_, way) => {
  const mill = bench(way);
  expect(mill.send(command('DISCONNECT', {}))).toEqual([]);
  expect(mill.state().connection).not.toBe('disconnected');
});

const extractor: EquipmentInput = { ...millInput, profile: 'switch', capabilities: [{ name: 'switch' }] };
const output = (on: boolean): EquipmentEvent => ({ type: 'device.output', on, at: 60 });

test.each([
  ['is on', [...arrival, output(true)]],
  ['does not answer, and may be on', [...arrival, output(true), { type: 'link.silent', ms: 1, at: 70 }]],
  [
    'has just been found, and was not read',
    [...arrival, output(true), { type: 'authority.acquired', epoch: 2, at: 70 }, { type: 'link.up', at: 71 }],
  ],
] satisfies [string, readonly EquipmentEvent[]][])('[EQ25] the link of a switch that %s is kept', (_, way) => {
  const relay = bench(way, extractor);
  expect(relay.send(command('DISCONNECT', {}))).toEqual([]);
  expect(relay.state().connection).not.toBe('disconnected');
});

test('[EQ25] what was on its way when a machine was disconnected is not shown as true of now', () => {
  const relay = bench([...arrival, output(false), command('DISCONNECT', {})], extractor);
  expect(relay.state()).toMatchObject({ connection: 'disconnected', output: 'unknown' });
  relay.send(output(true), condition('running'), synced('door-open'), { type: 'device.chain', inputs: { emergencyStop: false }, at: 61 });
  expect(relay.state()).toMatchObject({ output: 'unknown', safety: 'unknown', connection: 'disconnected' });
  expect(relay.facts()).toMatchObject({ condition: null, chain: null });
});

test('[EQ25] a machine in doubt whose link is gone already is given free', () => {
  expect(bench([...running, away, command('DISCONNECT', {})]).state().connection).toBe('disconnected');
});

test('[EQ25] behind another device than ours there is nothing that our link could end', () => {
  const relay = bench([...arrival, output(false), { type: 'device.identity.changed', expected: 'a', found: 'b', at: 80 }], extractor);
  expect(relay.send(command('DISCONNECT', {}))).toEqual(['link.close']);
});

test('[EQ25] a machine that was found in a hold is given free: whoever closes its link ends what turns', () => {
  const mill = bench([...running, away, ...found('held')]);
  expect(mill.send(command('DISCONNECT', {}))).toEqual(['link.close']);
});
