import ts from 'typescript';
import { parseSource, sourceFiles } from './source-imports.ts';

/** The measured bar of the house style, in lines. */
const limits = { functionLines: 60, fileLines: 500, medianFileLines: 200 };

/** Tables, migrations and generated code may be long. */
const exempt = /^actors\/storage\/migrations\//;

/** Figures of a tree and what is over the limits. */
export interface Sizes {
  readonly problems: readonly string[];
  readonly figures: string;
}

/** Measures every source file; tests count as files, but a list of tests is no function. */
export function checkSizes(root: string): Sizes {
  const files = sourceFiles(root).filter(file => !exempt.test(file));
  const measured = files.map(file => measure(root, file));
  const fileLines = measured.map(one => one.lines);
  const functionLines = measured.flatMap(one => one.functions.map(({ lines }) => lines));
  const problems = measured.flatMap(problemsOf);
  const median = medianOf(fileLines);
  if (median >= limits.medianFileLines) problems.push(`the median file has ${median} lines, not under ${limits.medianFileLines}`);
  return {
    problems,
    figures: `${files.length} files, median ${median} lines, longest ${Math.max(0, ...fileLines)}; ${functionLines.length} functions, median ${medianOf(functionLines)}, longest ${Math.max(0, ...functionLines)}`,
  };
}

interface Measured {
  readonly file: string;
  readonly lines: number;
  readonly functions: readonly { readonly name: string; readonly line: number; readonly lines: number }[];
}

function problemsOf({ file, lines, functions }: Measured): string[] {
  const long = functions.filter(one => one.lines > limits.functionLines);
  return [
    ...(lines > limits.fileLines ? [`${file} has ${lines} lines; the limit is ${limits.fileLines}`] : []),
    ...long.map(one => `${file}:${one.line} ${one.name} has ${one.lines} lines; the limit is ${limits.functionLines}`),
  ];
}

function measure(root: string, file: string): Measured {
  const source = parseSource(root, file);
  const lineOf = (position: number) => source.getLineAndCharacterOfPosition(position).line + 1;
  const functions: { name: string; line: number; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body && !isSuite(node)) {
      const line = lineOf(node.getStart());
      functions.push({ name: nameOf(node), line, lines: lineOf(node.getEnd()) - line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { file, lines: lineOf(source.text.trimEnd().length), functions };
}

/** The body of a `describe`, and any other function whose statements are tests, is a list of them. */
function isSuite(node: ts.Node): boolean {
  const call = node.parent;
  if (call && ts.isCallExpression(call) && /^(describe|suite)\b/.test(call.expression.getText())) return true;
  const body = 'body' in node ? (node.body as ts.Node | undefined) : undefined;
  if (!body || !ts.isBlock(body)) return false;
  return body.statements.some(statement => /^(describe|suite|it|test)\b/.test(statement.getText()));
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) ? parent.name.getText() : 'a function';
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
