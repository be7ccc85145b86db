import { equipmentChart } from '../statecharts/equipment/chart.ts';
import { verifyChart } from '../statecharts/verify/verify.ts';

// One line per invariant; exit 1 when one does not hold.
const findings = verifyChart(equipmentChart.config);
for (const { line } of findings) console.log(line);
process.exitCode = findings.every(finding => finding.ok) ? 0 : 1;
