import { resolve } from 'node:path';
import { checkImports } from './imports.ts';
import { checkLockfile } from './lockfile.ts';
import { checkSizes } from './sizes.ts';

// The program behind `npm run check` for what no bought tool looks at; the root of the tree is its argument.
const root = resolve(process.argv[2] ?? '.');
const sizes = checkSizes(root);
const problems = [...checkImports(root), ...sizes.problems, ...checkLockfile(root)];
for (const problem of problems) console.error(problem);
console.log(sizes.figures);
process.exitCode = problems.length > 0 ? 1 : 0;
