import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { commandNames } from '../statecharts/equipment/commands.ts';
import { compile } from '../statecharts/verify/compile.ts';
import { killerOf, mutantsOf } from '../statecharts/verify/mutants.ts';
import { verifyChart } from '../statecharts/verify/verify.ts';

const folder = 'build/verify';
/** Per cent of the wrong changes that must be found. */
const enough = 97;

process.exitCode = (process.argv.includes('--mutants') ? killMutants() : verify()) ? 0 : 1;

/** One line per invariant; the way to a violation is drawn beside it. True when all hold. */
function verify(): boolean {
  const findings = verifyChart(equipmentChart.config);
  for (const { id, line, drawing } of findings) {
    console.log(line);
    if (drawing === null) continue;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${id}.svg`), drawing);
    console.log(`   drawn in ${join(folder, `${id}.svg`)}`);
  }
  return findings.every(finding => finding.ok);
}

/** Every wrong change to a transition of a command, some minutes; a line per survivor. True when enough are found. */
function killMutants(): boolean {
  const mutants = mutantsOf(compile(equipmentChart.config), commandNames);
  const survivors = mutants.filter(mutant => {
    const survives = killerOf(mutant) === null;
    if (survives) console.log(`survives: ${mutant.id}`);
    return survives;
  });
  const percent = (100 * (mutants.length - survivors.length)) / mutants.length;
  console.log(`${mutants.length - survivors.length} of ${mutants.length} mutants killed (${percent.toFixed(1)} %)`);
  return percent >= enough;
}
