import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkProgram, defaultCheckLimits } from './check.ts';
import type { CheckContext, Dialect } from './dialect.ts';

/** A mill of its own, so that a change of some driver's list does not change what is tested here. */
const dialect: Dialect = {
  name: 'Test controller',
  maxLineLength: 79,
  axes: ['X', 'Y', 'Z'],
  g: [0, 1, 2, 3, 4, 17, 18, 19, 20, 21, 40, 43.1, 49, 53, 54, 55, 61, 80, 90, 91, 91.1, 92, 92.1, 93, 94],
  m: [0, 1, 2, 3, 4, 5, 8, 9, 30],
  words: ['F', 'S', 'I', 'J', 'K', 'R', 'P', 'T'],
  mdiG: [10, 28],
};
const context: CheckContext = {
  dialect,
  envelope: { min: { x: -800, y: -500, z: -120 }, max: { x: 0, y: 0, z: 0 } },
  offsets: { G54: { x: -600, y: -300, z: -80 } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'check-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function check(content: string | Buffer, limits = defaultCheckLimits) {
  files += 1;
  const source = join(folder, `${files}.nc`);
  await writeFile(source, content);
  return await checkProgram({ source, cleanTo: join(folder, 'clean'), context, limits });
}

async function cleanedText(content: string | Buffer): Promise<string> {
  const result = await check(content);
  expect(result.problems).toEqual([]);
  return await readFile(join(folder, 'clean', `${result.hash}.nc`), 'latin1');
}

async function firstProblem(content: string | Buffer) {
  const result = await check(content);
  expect(result).toMatchObject({ ok: false, hash: '' });
  return result.problems[0];
}

describe('cleaning', () => {
  it('drops marks, comments, line numbers, carriage returns and white space, and nothing else', async () => {
    const source = '\ufeff%\r\n(made ! by ~ ? \x18 $RST=*)\r\nN10 g21  g90\r\nN20 g0x1.50 (there) y2.\t; end\r\n\r\n/m30\r\n%\r\n';
    expect(await cleanedText(source)).toBe('G21 G90\nG0 X1.50 Y2.\nM30\n');
  });

  it('names the file by the hash of its content and counts lines, bytes and changes', async () => {
    const result = await check('G0 X1\n(note)\nG0  X2\n\n');
    const text = 'G0 X1\nG0 X2\n';
    expect(result).toMatchObject({ ok: true, lines: 2, bytes: text.length, cleaned: 2, problemCount: 0 });
    expect(result.hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('reads lone carriage returns and a missing last line end as line ends', async () => {
    expect(await cleanedText('G0 X1\rG0 X2\r\nG0 X3')).toBe('G0 X1\nG0 X2\nG0 X3\n');
  });

  it('takes a comment of any length, such as the settings that slicers append', async () => {
    expect(await cleanedText(`G0 X1\n;${'x'.repeat(1024 * 1024)}\nG0 X2\n`)).toBe('G0 X1\nG0 X2\n');
  });

  it('closes a line up when it only fits without spaces', async () => {
    const line = `G1 X${'1'.padStart(15, '0')} Y${'1'.padStart(17, '0')} Z${'1'.padStart(17, '0')} F${'1'.padStart(17, '0')}`;
    expect((await cleanedText(line)).length).toBeLessThanOrEqual(80);
  });

  it('leaves no file behind a refusal', async () => {
    const before = await readdir(join(folder, 'clean'));
    await check('G0 X1\nM112\n');
    expect(await readdir(join(folder, 'clean'))).toEqual(before);
  });

  it('[clean] whatever the input, what is written holds only words the dialect allows, in lines the controller can hold', async () => {
    const line = fc.string({ unit: fc.constantFrom(...'GMXYZFIJR0123456789.- ()!~?$;%\x18\x84'), maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 12 }), async lines => {
        const result = await check(Buffer.from(lines.join('\n'), 'latin1'));
        if (!result.ok) return;
        const text = await readFile(join(folder, 'clean', `${result.hash}.nc`), 'latin1');
        expect(text).toMatch(/^([A-Z][+-]?[\d.]+( [A-Z][+-]?[\d.]+)*\n)*$/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('bad input', () => {
  it.each([
    ['', 'empty'],
    ['\n\n(only a comment)\n', 'empty'],
    ['Dear machine,\nplease mill a bracket.\n', 'not-gcode'],
    ['<html><body>login</body></html>', 'not-gcode'],
    ['{"gcode": "no"}', 'not-gcode'],
    [Buffer.from('\ufeffG0 X1\n', 'utf16le'), 'utf-16'],
    [Buffer.from('G0 X1\nG0 X2\n', 'utf16le'), 'utf-16'],
    [Buffer.from('G0 X1\nG0 X2\n', 'utf16le').swap16(), 'utf-16'],
    [Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0]), 'binary'],
  ])('refuses the whole file %j as %s', async (content, code) => {
    expect(await firstProblem(content)).toMatchObject({ code, line: 1 });
  });

  it.each([
    ['G0 X1\0', 'nul-byte'],
    ['G0 X1 !', 'realtime-byte'],
    ['~', 'realtime-byte'],
    ['G0?X1', 'realtime-byte'],
    ['G0 X1\x18', 'realtime-byte'],
    [Buffer.from([0x47, 0x30, 0x85]), 'realtime-byte'],
    ['$RST=*', 'system-command'],
    ['$H', 'system-command'],
    ['$J=X1F100', 'system-command'],
    ['// action:pause', 'host-command'],
    ['M112', 'word-not-allowed'],
    ['M500', 'word-not-allowed'],
    ['M504', 'word-not-allowed'],
    ['M997', 'word-not-allowed'],
    ['G10 L2 P1 X0', 'word-not-allowed'],
    ['T1 M6', 'word-not-allowed'],
    ['G28', 'word-not-allowed'],
    ['G81 X1 Z-1 R1', 'word-not-allowed'],
    ['G43 H1', 'word-not-allowed'],
    ['M104 S200', 'word-not-allowed'],
    ['G1 X1 E5', 'axis-unknown'],
    ['G0 A90', 'axis-unknown'],
    ['O100 SUB', 'expression'],
    ['#1=2', 'expression'],
    ['X[1+2]', 'expression'],
    ['G0 G1 X1', 'codes-conflict'],
    ['G17 G18', 'codes-conflict'],
    ['G92 G0 X1', 'codes-conflict'],
    ['G0 X1 X2', 'word-repeated'],
    ['G0 X1 I5', 'word-unused'],
    ['G1 X1', 'feed-missing'],
    ['G4', 'word-missing'],
    ['G2 X1 F100', 'word-missing'],
    ['S-1', 'value-invalid'],
    [`G0 X${'0'.repeat(80)}`, 'line-too-long'],
    ['X1 0', 'word-malformed'],
    ['M30\nG0 X5', 'after-end'],
  ])('refuses %j as %s, with its line', async (line, code) => {
    const lead = 'G0 X0 Y0\n';
    const content = Buffer.concat([Buffer.from(lead), Buffer.from(line as string), Buffer.from('\n')]);
    expect(await firstProblem(content)).toMatchObject({ code, line: code === 'after-end' ? 3 : 2 });
  });

  it.each(['0', 'X1', 'X 1'])('refuses a line of 1 MB of %j as line-too-long, with its line', async part => {
    const content = `G0 X0\nG0 X${part.repeat(1024 * 1024)}\nG0 X0\n`;
    expect(await firstProblem(content)).toMatchObject({ code: 'line-too-long', line: 2 });
  });

  it('explains a tool change instead of naming a code only', async () => {
    expect((await firstProblem('T2 M6'))?.message).toMatch(/one program per tool/);
  });

  it('shows the refused line cut and escaped', async () => {
    expect((await firstProblem(`G0 X1\nG0 X1\x18${'y'.repeat(200)}`))?.text).toBe(`G0 X1\\x18${'y'.repeat(71)}`);
  });

  it('keeps the first hundred problems and counts all', async () => {
    const result = await check('G0 E1\n'.repeat(250));
    expect(result.problemCount).toBe(250);
    expect(result.problems).toHaveLength(100);
    expect(result.problems[99]?.line).toBe(100);
  });

  it('refuses a file that is too large, or has too many lines, without reading on', async () => {
    expect((await check('G0 X1\n'.repeat(10), { maxBytes: 50, maxLines: 100 })).problems[0]?.code).toBe('too-large');
    expect((await check('G0 X1\n'.repeat(10), { maxBytes: 500, maxLines: 5 })).problems[0]?.code).toBe('too-large');
  });

  it('reads 200 MB without a line end, and 200 MB of garbage, in little memory', async () => {
    const limits = { maxBytes: 1024 ** 3, maxLines: 1e9 };
    for (const block of ['x'.repeat(1024 * 1024), 'hello machine\n'.repeat(75_000)]) {
      const source = join(folder, 'huge');
      await writeBlocks(source, block, 200);
      const before = process.memoryUsage().rss;
      const result = await checkProgram({ source, cleanTo: join(folder, 'clean'), context, limits });
      expect(result.problems[0]?.code).toBe('not-gcode');
      expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
      await rm(source);
    }
  }, 60_000);
});

async function writeBlocks(path: string, block: string, count: number): Promise<void> {
  const stream = createWriteStream(path);
  for (let i = 0; i < count; i += 1) await new Promise(resolve => stream.write(block, resolve));
  await new Promise(resolve => stream.end(resolve));
}
