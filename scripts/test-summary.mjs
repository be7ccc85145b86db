// The plain summary of the last test run, computed from vitest's report: the last line of `npm test` and of .ci/run.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Where vitest writes its report. */
export const reportFile = join(fileURLToPath(import.meta.url), '..', '..', 'build', 'test-results.json');

/** Counts from a report; a file that could not even be loaded counts as one failed test. */
export function summarise(report) {
  const unloaded = report.testResults.filter(file => file.status === 'failed' && file.assertionResults.length === 0).length;
  const passed = report.numPassedTests;
  const failed = report.numFailedTests + unloaded;
  const skipped = report.numPendingTests + report.numTodoTests;
  return { line: `tests: ${passed} passed, ${failed} failed, ${skipped} skipped`, ok: report.success && failed === 0 && passed > 0 };
}

/** The summary of the last run; without a report nothing ran. */
export function lastSummary() {
  if (!existsSync(reportFile)) return { line: 'tests: 0 passed, 0 failed, 0 skipped', ok: false };
  return summarise(JSON.parse(readFileSync(reportFile, 'utf8')));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { line, ok } = lastSummary();
  console.log(line);
  process.exitCode = ok ? 0 : 1;
}
