import { expect, test } from 'vitest';
import { equipmentMigrations } from './equipment/migrations/migrations.ts';
import { type ChartMigration, migrationPath } from './migrations.ts';

const step = (version: string, to: string): ChartMigration => {
  return { from: { version, hash: `h${version}` }, to, state: state => state, value: value => value };
};
const steps = [step('1', '2'), step('2', '3')];
const present = { version: '3', hash: 'h3' };
const versions = (hash: string, version: string) => migrationPath(steps, { version, hash }, present)?.map(one => one.from.version);

test('[G13] the way from a released form goes through every version between', () => {
  expect(versions('h1', '1')).toEqual(['1', '2']);
  expect(versions('h2', '2')).toEqual(['2']);
});

test('[G13] the present form needs no way, by its hash alone', () => {
  expect(versions('h3', '3')).toEqual([]);
});

test('[G13] a form that was never released has no way: neither by its version nor by its hash alone', () => {
  expect(versions('other', '1')).toBeUndefined();
  expect(versions('h1', '2')).toBeUndefined();
  expect(versions('h9', '9')).toBeUndefined();
  expect(versions('other', '3')).toBeUndefined();
});

test('[G13] a way that leads nowhere or in a circle is none', () => {
  expect(migrationPath([step('1', '2')], { version: '1', hash: 'h1' }, present)).toBeNull();
  expect(migrationPath([step('1', '2'), step('2', '1')], { version: '1', hash: 'h1' }, present)).toBeNull();
});

test('[G13] every migration of the equipment chart is one step of a chain, and no form has two', () => {
  const from = equipmentMigrations.map(one => one.from.version);
  expect(new Set(from).size).toBe(from.length);
  expect(equipmentMigrations.slice(0, -1).map(one => one.to)).toEqual(from.slice(1));
});
