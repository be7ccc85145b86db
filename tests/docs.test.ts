import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configVariables } from '../actors/config.ts';
import { findType } from '../machines/catalog.ts';
import { commandPathSchema } from '../statecharts/equipment/path-answer.ts';

const root = resolve(import.meta.dirname, '..');
const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
  'docs/examples/README.md',
];
const rooms = /^(actors|machines|gateway|ui|statecharts|scripts|bench|tests|docs|\.ci)\//;

function read(page: string): string {
  return readFileSync(join(root, page), 'utf8');
}

/** What stands in backticks, code blocks left out. */
function quoted(page: string): string[] {
  const prose = read(page).replace(/```[\s\S]*?```/g, '');
  return [...prose.matchAll(/`([^`\s]+)`/g)].map(match => match[1] ?? '');
}

/** Every path of this repository that a page names in backticks, links to or shows; `<name>` stands for a choice and is not checked. */
function namedPaths(page: string): string[] {
  const text = read(page);
  const linked = [...text.matchAll(/\]\(([^)#\s]+)\)/g), ...text.matchAll(/<img src="([^"]+)"/g)].map(match => match[1] ?? '');
  const fromRoot = quoted(page).filter(path => rooms.test(path) && !/[<*{]/.test(path));
  return [...fromRoot, ...linked.filter(link => !link.includes(':')).map(link => join(page, '..', link))];
}

/** Names of functions, classes, events and effects in backticks: words of code, of at least four letters. */
function namedWords(page: string): string[] {
  return quoted(page).filter(word => /^[a-z][\w.]{3,}$/i.test(word) && !/\.(md|json|yaml|sql|nc|wal)$/.test(word));
}

/** The text of every file that a page names, folders left out. */
function sourcesOf(page: string): string {
  const files = namedPaths(page).filter(
    path => existsSync(join(root, path)) && statSync(join(root, path)).isFile() && /\.m?tsx?$|\.mjs$/.test(path),
  );
  return [...new Set(files)].map(read).join('\n');
}

function codeBlocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(match => match[1] ?? '');
}

describe('the documentation', () => {
  test.each(pages)('%s names only paths that exist', page => {
    const missing = namedPaths(page).filter(path => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  test('walks only through functions that stand in the files it names', () => {
    const sources = sourcesOf('docs/architecture.md');
    const isThere = (word: string) => sources.includes(word) || word.split('.').every(part => new RegExp(`\\b${part}\\b`).test(sources));
    expect(namedWords('docs/architecture.md').filter(word => !isThere(word))).toEqual([]);
  });

  test('lists every configuration variable, and no other', () => {
    const named = new Set(quoted('docs/operations.md').filter(word => /^WIT_[A-Z_]+$/.test(word)));
    expect([...named].sort()).toEqual([...configVariables].sort());
  });

  test('adds a mill with columns that the table has and settings that the driver takes', () => {
    const [statement = ''] = codeBlocks('docs/operations.md', 'sql');
    const columns = /insert into equipment \(([^)]*)\)/.exec(statement)?.[1]?.split(', ') ?? [];
    const table = /create table equipment \(([\s\S]*?)\)`/.exec(read('actors/storage/migrations/0001-skeleton.ts'))?.[1] ?? '';
    const needed = table
      .split(',')
      .map(column => column.trim())
      .filter(column => /(not null|primary key)/.test(column) && !column.includes('default'))
      .map(column => column.split(' ')[0] ?? '');
    expect([...columns].sort()).toEqual(needed.sort());
    const values = [...statement.matchAll(/'([^']*)'/g)].map(match => match[1] ?? '');
    const type = findType(values[columns.indexOf('type')] ?? '');
    const settings: unknown = JSON.parse(values[columns.indexOf('settings')] ?? '');
    expect(type?.settings.safeParse(settings)).toMatchObject({ success: true });
  });

  test('shows answers about the way out as they are', () => {
    const answers = codeBlocks('docs/decisions.md', 'json').map(text => JSON.parse(text) as unknown);
    expect(answers.map(answer => commandPathSchema.parse(answer).outcome)).toEqual(['path', 'no-path']);
  });

  test('explains every setting of a mill', () => {
    const shape = /strictObject\(\{([\s\S]*)\}\)/.exec(read('machines/grbl/settings.ts'))?.[1] ?? '';
    const settings = [...shape.matchAll(/^ {2}(\w+): z/gm)].map(match => match[1] ?? '');
    expect(settings.length).toBeGreaterThan(0);
    expect(settings.filter(setting => !quoted('docs/operations.md').includes(setting))).toEqual([]);
  });

  test('names every npm script that the pages use', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const used = pages.flatMap(page => [...read(page).matchAll(/npm run ([a-z:-]+)/g)].map(match => match[1] ?? ''));
    expect([...new Set(used)].filter(name => !(name in scripts))).toEqual([]);
  });

  test('calls the keys by the names that stand on them', () => {
    const ui = ['ui/panels', 'ui/components', 'ui/pages'].flatMap(folder =>
      readdirSync(join(root, folder))
        .filter(name => name.endsWith('.tsx') && !name.includes('.test.'))
        .map(name => read(`${folder}/${name}`)),
    );
    const bold = [...read('docs/getting-started.md').matchAll(/\*\*([^*]+)\*\*/g)].map(match => match[1] ?? '');
    const keys = bold.filter(word => !['set-up link', 'Mill 1'].includes(word));
    expect(keys.filter(key => !ui.some(text => text.includes(key)))).toEqual([]);
  });
});
