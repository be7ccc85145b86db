// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ui = join(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(ui, path), 'utf8');
const sources = readdirSync(ui, { recursive: true, encoding: 'utf8' }).filter(name => /\.tsx?$/.test(name) && !name.includes('.test.'));

test('nothing in the page needs what the content security policy forbids', () => {
  expect(read('index.html')).not.toMatch(/<script(?![^>]*src=)|style=|<style|\son\w+=/);
  for (const name of sources) expect(read(name), name).not.toMatch(/dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|style="/);
});

test('nothing is fetched from elsewhere', () => {
  const css = readdirSync(join(ui, 'styles')).filter(name => name.endsWith('.css'));
  for (const name of css) expect(read(`styles/${name}`), name).not.toMatch(/@import|url\(/);
  expect(read('index.html')).not.toMatch(/https?:/);
});

test('the stop is never red, never round, never amber', () => {
  expect(read('styles/stop.css')).not.toMatch(/--(alarm|attention)-|border-radius: 50%/);
});

test('every shape that is used is in the sprite', () => {
  const sprite = new Set([...read('index.html').matchAll(/symbol id="([^"]+)"/g)].map(match => match[1]));
  const used = sources.flatMap(name => [...read(name).matchAll(/Icon name="([^"]+)"/g)].map(match => match[1]));
  expect(used.filter(name => !sprite.has(name))).toEqual([]);
  const states = ['idle', 'execute', 'acting', 'held', 'suspended', 'complete', 'stopped', 'aborted', 'offline', 'stale', 'unknown'];
  expect(states.filter(name => !sprite.has(`st-${name}`))).toEqual([]);
});

test('no text is smaller than 11.5 px', () => {
  const css = readdirSync(join(ui, 'styles')).filter(name => name.endsWith('.css'));
  const sizes = css.flatMap(name =>
    [...read(`styles/${name}`).matchAll(/font(?:-size)?:[^;]*?(\d+(?:\.\d+)?)px/g)].map(match => Number(match[1])),
  );
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11.5);
});

test('the code of no page names a driver', () => {
  for (const name of sources) expect(read(name), name).not.toMatch(/grbl|marlin|octoprint/i);
});
