import { readFileSync } from 'node:fs';
import { Product } from '../tests/product/product.ts';
import { programLines, type WireEntry } from '../tests/product/wire-log.ts';
import { header } from './measure.ts';
import { minimalRun } from './minimal-streamer.ts';

/**
 * Streaming of short segments over a pty at 115,200 baud, motion 400 times faster than life so that the wire is the limit. Baselines in
 * the same run: the time the program's bytes take at that baud rate, and a minimal character-counting loop on an idle simulator.
 */
const program = readFileSync('docs/examples/bracket.nc', 'utf8');

function span(entries: readonly WireEntry[], lines: readonly string[]): number {
  const wanted = new Set([lines[0], lines.at(-1)]);
  const times = entries.filter(entry => entry.dir === 'in' && wanted.has(entry.bytes.toString('latin1').trim())).map(entry => entry.t);
  return Math.max(...times) - Math.min(...times);
}

const product = await Product.start({ args: ['--demo-log', '--demo-speed', '400'] });
try {
  const mara = await product.administrator();
  await mara.makeReady();
  const mark = product.wire().length;
  const job = await mara.prepare('bracket.nc', program);
  await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
  await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
  await mara.must('START');
  await mara.reaches('execution', 'Complete', 300_000);
  const entries = product.wire().slice(mark);
  const lines = programLines(entries);
  const bytes = lines.reduce((sum, line) => sum + line.length + 1, 0);
  const ours = span(entries, lines);
  const minimal = await minimalRun(lines);
  const floor = (bytes * 10 * 1000) / 115_200;
  header(`streaming: ${lines.length} lines, ${bytes} bytes`);
  const say = (name: string, ms: number) =>
    console.log(`${name.padEnd(44)} ${(ms / 1000).toFixed(2).padStart(8)} s  ${(ms / minimal).toFixed(3)}x of the minimal loop`);
  say('the bytes at 115,200 baud', floor);
  say('minimal character-counting loop', minimal);
  say('W.I.T., first to last line', ours);
} finally {
  await product.remove();
}
