import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createActor, createMachine } from 'xstate';
import { profileNames } from '../../statecharts/profiles/profile.ts';
import { chartJson, chartPage } from './chart-page.ts';

const kept = (file: string) => readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'charts', file), 'utf8');

test.each(profileNames)('the page and the JSON of %s are those of the present chart: else run npm run charts', name => {
  expect(kept(`${name}.md`)).toBe(chartPage(name));
  expect(kept(`${name}.json`)).toBe(chartJson(name));
});

test.each(profileNames)('the JSON of %s is a chart that XState reads: every region is there, in its first state', name => {
  const guards = { permits: () => false, when: () => false };
  const actor = createActor(createMachine(JSON.parse(kept(`${name}.json`))).provide({ guards })).start();
  expect(actor.getSnapshot().value).toMatchObject({
    execution: 'Aborted',
    connection: 'offline',
    authority: 'none',
    stopLatch: 'released',
  });
});

test('the drawing has no arrow that the state itself stands in the way of', () => {
  const arrows = kept('motion.md')
    .split('\n')
    .filter(line => line.startsWith('  disconnected --> '));
  expect(arrows).toEqual(['  disconnected --> offline: CONNECT']);
});
