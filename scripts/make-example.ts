import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bracketProgram } from './example/bracket.ts';

/** Writes docs/examples/bracket.nc: `node scripts/run.mjs scripts/make-example.ts`, from the root of the repository. */
writeFileSync(join('docs', 'examples', 'bracket.nc'), bracketProgram());
