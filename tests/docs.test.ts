import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configVariables } from '../actors/config.ts';

const root = resolve(import.meta.dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
];
const rooms = /^(actors|machines|gateway|ui|statecharts|scripts|bench|tests|docs|\.ci)\//;

/** Every path of this repository that a page names in backticks or links to; `<name>` stands for a choice and is not checked. */
function namedPaths(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8');
  const quoted = [...text.matchAll(/`([^`\s]+)`/g)].map(match => match[1] ?? '');
  const linked = [...text.matchAll(/\]\(([^)#\s]+)\)/g)].map(match => match[1] ?? '').filter(link => !link.includes(':'));
  const fromRoot = quoted.filter(path => rooms.test(path) && !/[<*{]/.test(path));
  return [...fromRoot, ...linked.map(link => join(page, '..', link))];
}

describe('the documentation', () => {
  test.each(pages)('%s names only paths that exist', page => {
    const missing = namedPaths(page).filter(path => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test('lists every configuration variable', () => {
    const text = readFileSync(join(root, 'docs/operations.md'), 'utf8');
    expect(configVariables.filter(name => !text.includes(`\`${name}\``))).toEqual([]);
  });

  test('names every npm script that the pages use', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const used = pages.flatMap(page =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/npm run ([a-z:-]+)/g)].map(match => match[1] ?? ''),
    );
    expect([...new Set(used)].filter(name => !(name in scripts))).toEqual([]);
  });
});
