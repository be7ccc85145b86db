import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileNames } from '../statecharts/profiles/profile.ts';
import { vectorsOf, vectorText } from './vectors/make-vectors.ts';

// `npm run vectors`: writes the golden vectors of the decisions, one file per family. A test finds them out of date.
const folder = join('statecharts', 'equipment', 'vectors');
mkdirSync(folder, { recursive: true });
for (const family of profileNames) {
  const file = join(folder, `${family}.json`);
  const text = vectorText(vectorsOf(family));
  writeFileSync(file, text);
  console.log(`${file} ${Math.round(text.length / 1_024)} kB`);
}
