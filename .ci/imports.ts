import { type InnerOrder, innerOrders, type RoomRule, roomRules, testRule } from './import-table.ts';
import { importsOf, type SourceImport, sourceFiles } from './source-imports.ts';

/** Checks a tree against the import table and for run-time import cycles; every line says where, what and which rule. */
export function checkImports(root: string): string[] {
  const all = sourceFiles(root)
    .filter(file => roomRules.some(rule => file.startsWith(rule.from)))
    .flatMap(file => importsOf(root, file));
  return [...all.flatMap(problemsOf), ...cycles(all).map(cycle => `run-time import cycle: ${cycle.join(' -> ')}`)];
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

function isTest(imported: SourceImport): boolean {
  return testRule.isTest.test(imported.file);
}

/** `node:fs/promises` is `node:`, `@scope/name/part` is `@scope/name`. */
function packageAllowed(rule: RoomRule, imported: SourceImport): boolean {
  if (isTest(imported)) return true;
  const { specifier } = imported;
  if (specifier.startsWith('node:')) return rule.packages.includes('node:');
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return rule.packages.includes('*') || rule.packages.includes(name);
}

function roomAllowed(rule: RoomRule, imported: SourceImport): boolean {
  const target = imported.target ?? '';
  if (target.startsWith(rule.from)) return true;
  if (isTest(imported) && testRule.rooms.test(target)) return true;
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
