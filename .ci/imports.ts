import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type InnerOrder, innerOrders, type RoomRule, roomRules, type SeamRule, seamRules, testRule } from './import-table.ts';
import { importsOf, type SourceImport, sourceFiles } from './source-imports.ts';

/** Checks a tree against the import table and for run-time import cycles; every line says where, what and which rule. */
export function checkImports(root: string): string[] {
  const all = sourceFiles(root)
    .filter(file => roomRules.some(rule => file.startsWith(rule.from)))
    .flatMap(file => importsOf(root, file));
  const seams = seamRules.flatMap(rule => seamProblems(root, rule, all));
  return [...all.flatMap(problemsOf), ...seams, ...cycles(all).map(cycle => `run-time import cycle: ${cycle.join(' -> ')}`)];
}

function problemsOf(imported: SourceImport): string[] {
  const rule = roomRules.find(candidate => imported.file.startsWith(candidate.from));
  if (!rule) return [];
  const where = `${imported.file}:${imported.line} imports ${imported.specifier}`;
  if (imported.target === null) return packageAllowed(rule, imported) ? [] : [`${where}: ${allowedPackages(rule)}; ${rule.because}`];
  if (!roomAllowed(rule, imported)) return [`${where}: ${allowedRooms(rule)}; ${rule.because}`];
  const order = innerOrders.find(candidate => imported.file.startsWith(candidate.room) && imported.target?.startsWith(candidate.room));
  const reason = order ? innerProblem(order, imported.file, imported.target) : null;
  return reason === null || imported.typesOnly || isTest(imported) ? [] : [`${where}: ${reason}`];
}

/** Who goes past the seam, and a seam that is none: too long, or without the package it stands for. */
function seamProblems(root: string, rule: SeamRule, all: readonly SourceImport[]): string[] {
  const users = all.filter(one => one.file.startsWith(rule.room) && !one.typesOnly && packageOf(one.specifier) === rule.package);
  const past = users.filter(one => one.file !== rule.file && !isTest(one) && !testRule.isTool.test(one.file));
  const problems = past.map(
    one => `${one.file}:${one.line} imports ${one.specifier}: in ${rule.room} only ${rule.file} may at run time; ${rule.because}`,
  );
  if (!existsSync(join(root, rule.file))) return problems;
  if (!users.some(one => one.file === rule.file)) problems.push(`${rule.file} does not import ${rule.package}; ${rule.because}`);
  const lines = readFileSync(join(root, rule.file), 'utf8').split('\n').length;
  if (lines > rule.lines) problems.push(`${rule.file} has ${lines} lines, ${rule.lines} at most; ${rule.because}`);
  return problems;
}

function isTest(imported: SourceImport): boolean {
  return testRule.isTest.test(imported.file);
}

/** `node:fs/promises` is `node:`, `@scope/name/part` is `@scope/name`. */
function packageAllowed(rule: RoomRule, imported: SourceImport): boolean {
  if (isTest(imported)) return true;
  const { specifier } = imported;
  if (specifier.startsWith('node:')) return rule.packages.includes('node:');
  return rule.packages.includes('*') || rule.packages.includes(packageOf(specifier));
}

function packageOf(specifier: string): string {
  const length = specifier.startsWith('@') ? 2 : 1;
  return specifier.split('/').slice(0, length).join('/');
}

function roomAllowed(rule: RoomRule, imported: SourceImport): boolean {
  const target = imported.target ?? '';
  if (target.startsWith(rule.from)) return true;
  const forTests = isTest(imported) || testRule.isTool.test(imported.file);
  if (forTests && testRule.rooms.test(target)) return true;
  return rule.rooms.some(room => {
    const typesOnly = room.startsWith('types:');
    return target.startsWith(room.replace('types:', '')) && (!typesOnly || imported.typesOnly || isTest(imported));
  });
}

function allowedPackages(rule: RoomRule): string {
  return `${rule.from} may use ${rule.packages.join(', ').replace('*', 'npm packages') || 'no package'}`;
}

function allowedRooms(rule: RoomRule): string {
  const rooms = rule.rooms.map(room => room.replace(/^types:(.*)/, '$1 (types only)'));
  return `${rule.from} may import ${rooms.join(', ') || 'only itself'}`;
}

/** The part of a room that a file belongs to: its folder below the room, or the file itself. */
function partOf(order: InnerOrder, file: string): string {
  return file.slice(order.room.length).split('/')[0] ?? '';
}

function innerProblem(order: InnerOrder, file: string, target: string): string | null {
  const [from, to] = [partOf(order, file), partOf(order, target)];
  if (from === to) return null;
  const beside = order.beside[from];
  if (beside)
    return beside.includes('*') || beside.includes(to) ? null : `${order.room}${from} may import ${beside.join(', ')} of its room`;
  const [low, high] = [levelOf(order, to), levelOf(order, from)];
  const twins = low === order.otherLevel && high === order.otherLevel;
  if (twins ? target === `${order.room}${to}/index.ts` : low !== null && high !== null && low <= high) return null;
  return `inside ${order.room} imports go ${order.levels.map(level => level.join(', ') || 'the others').join(' <- ')}, and ${from} does not stand above or beside ${to}`;
}

function levelOf(order: InnerOrder, part: string): number | null {
  const level = order.levels.findIndex(parts => parts.includes(part));
  if (level >= 0) return level;
  return part in order.beside ? null : (order.otherLevel ?? null);
}

/** Every group of files that need one another at run time, as a path back to its first file. */
function cycles(all: readonly SourceImport[]): string[][] {
  const edges = new Map<string, string[]>();
  for (const { file, target, typesOnly } of all) {
    if (target !== null && !typesOnly) edges.set(file, [...(edges.get(file) ?? []), target]);
  }
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (file: string, path: string[]) => {
    const at = path.indexOf(file);
    if (at >= 0) found.push([...path.slice(at), file]);
    if (at >= 0 || done.has(file)) return;
    for (const next of edges.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of edges.keys()) visit(file, []);
  return found;
}
