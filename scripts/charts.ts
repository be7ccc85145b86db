import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { profileNames, profileSchema } from '../statecharts/profiles/profile.ts';
import { differenceOf } from '../statecharts/verify/difference.ts';
import { chartJson, chartPage } from './charts/chart-page.ts';

// `npm run charts`: the charts as pages and as JSON; a test finds them out of date. `npm run charts -- difference FAMILY OLD.json`: what
// the chart of a family lets happen that an older one, kept as such JSON, did not, and the other way round.
const [word, family, file] = process.argv.slice(2);
if (word === undefined) write();
else if (word === 'difference' && profileSchema.safeParse(family).success && file) compare(profileSchema.parse(family), file);
else {
  console.error(`Usage: npm run charts, or npm run charts -- difference ${profileNames.join('|')} OLD.json`);
  process.exitCode = 2;
}

function write(): void {
  const folder = join('docs', 'charts');
  mkdirSync(folder, { recursive: true });
  for (const name of profileNames) {
    writeFileSync(join(folder, `${name}.md`), chartPage(name));
    writeFileSync(join(folder, `${name}.json`), chartJson(name));
    console.log(`${folder}/${name}.md and .json`);
  }
}

function compare(name: (typeof profileNames)[number], old: string): void {
  const { possible, impossible, permits } = differenceOf(JSON.parse(readFileSync(old, 'utf8')), equipmentChart(name).config);
  for (const line of possible) console.log(`possible now:   ${line}`);
  for (const line of impossible) console.log(`impossible now: ${line}`);
  for (const line of permits) console.log(`asked for:      ${line}`);
  if (possible.length + impossible.length + permits.length === 0) console.log('No difference in what may happen.');
}
