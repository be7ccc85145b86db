import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SerialPort } from 'serialport';

const rxBytes = 128;

/** Streams the lines to a fresh simulator with the least code that counts characters; returns ms from the first write to the last answer. */
export async function minimalRun(lines: readonly string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'wit-bench-'));
  const path = join(folder, 'port');
  const simulator = spawn(process.execPath, ['build/machines/grbl/simulator.mjs', '--port', path, '--time-factor', '400'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise(done => simulator.stdout?.once('data', done));
  const port = new SerialPort({ path, baudRate: 115_200, hupcl: false });
  try {
    await answered(port, ['$X']);
    const started = performance.now();
    await answered(port, lines);
    return performance.now() - started;
  } finally {
    await new Promise(done => port.close(done));
    simulator.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

function answered(port: SerialPort, lines: readonly string[]): Promise<void> {
  const outstanding: number[] = [];
  let next = 0;
  let heard = '';
  return new Promise(done => {
    const feed = () => {
      for (let line = lines[next]; line !== undefined; line = lines[next]) {
        if (outstanding.reduce((sum, size) => sum + size, 0) + line.length + 1 > rxBytes) return;
        port.write(`${line}\n`);
        outstanding.push(line.length + 1);
        next++;
      }
    };
    const listen = (chunk: Buffer) => {
      heard += chunk.toString('latin1');
      const answers = heard.split('\n');
      heard = answers.pop() ?? '';
      for (const answer of answers) if (/^(ok|error)/.test(answer)) outstanding.shift();
      feed();
      if (next >= lines.length && outstanding.length === 0) {
        port.off('data', listen);
        done();
      }
    };
    port.on('data', listen);
    feed();
  });
}
