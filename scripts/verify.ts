import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { verifyChart } from '../statecharts/verify/verify.ts';

const folder = 'build/verify';

// One line per invariant; the way to a violation is drawn beside it. Exit 1 when one does not hold.
const findings = verifyChart(equipmentChart.config);
for (const { id, line, drawing } of findings) {
  console.log(line);
  if (drawing === null) continue;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${id}.svg`), drawing);
  console.log(`   drawn in ${join(folder, `${id}.svg`)}`);
}
process.exitCode = findings.every(finding => finding.ok) ? 0 : 1;
