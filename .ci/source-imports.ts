import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import ts from 'typescript';

/** One import of a source file; paths are relative to the root, with '/'. */
export interface SourceImport {
  readonly file: string;
  readonly line: number;
  /** As it is written. */
  readonly specifier: string;
  /** The imported file of this tree, or null for a package. */
  readonly target: string | null;
  readonly typesOnly: boolean;
}

const skipped = new Set(['node_modules', 'build', 'data', 'coverage', '.git', '.cache']);

/** Every TypeScript file below a folder, sorted. */
export function sourceFiles(root: string): string[] {
  const found: string[] = [];
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !skipped.has(entry.name)) visit(path);
      if (entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.d.ts'))
        found.push(relative(root, path).split(sep).join('/'));
    }
  };
  visit(root);
  return found.sort();
}

/** The syntax tree of one file. */
export function parseSource(root: string, file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
}

/** All imports of a file: statements, re-exports and `import()` calls. */
export function importsOf(root: string, file: string): SourceImport[] {
  const source = parseSource(root, file);
  const found: SourceImport[] = [];
  const add = (node: ts.Node, specifier: string, typesOnly: boolean) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push({ file, line, specifier, target: targetOf(root, file, specifier), typesOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) add(node, node.moduleSpecifier.text, importsTypes(node));
    if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier))
      add(node, node.moduleSpecifier.text, exportsTypes(node));
    const called = dynamicImport(node);
    if (called) add(node, called, false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function importsTypes(node: ts.ImportDeclaration): boolean {
  const clause = node.importClause;
  if (!clause) return false;
  if (clause.isTypeOnly) return true;
  const named = clause.namedBindings;
  return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && allTypes(named.elements);
}

function exportsTypes(node: ts.ExportDeclaration): boolean {
  if (node.isTypeOnly) return true;
  return node.exportClause !== undefined && ts.isNamedExports(node.exportClause) && allTypes(node.exportClause.elements);
}

function allTypes(elements: readonly (ts.ImportSpecifier | ts.ExportSpecifier)[]): boolean {
  return elements.length > 0 && elements.every(element => element.isTypeOnly);
}

function dynamicImport(node: ts.Node): string | null {
  if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return null;
  const [argument] = node.arguments;
  return argument && ts.isStringLiteral(argument) ? argument.text : null;
}

function targetOf(root: string, file: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  const path = posix.normalize(posix.join(dirname(file), specifier));
  const tried = [path, `${path}.ts`, `${path}.tsx`, `${path}/index.ts`];
  return tried.find(candidate => /\.\w+$/.test(candidate) && existsSync(join(root, candidate))) ?? path;
}
