import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Person } from './product/api.ts';
import { Product } from './product/product.ts';
import { programLines } from './product/wire-log.ts';

let product: Product;
let mara: Person;
let processes: Readonly<Record<string, number>>;

beforeAll(async () => {
  product = await Product.start();
  mara = await product.administrator();
  await mara.makeReady();
  processes = product.endpoints().processes;
}, 120_000);
afterAll(() => product.remove());
afterEach(() => {
  expect(product.endpoints().processes, 'no process was harmed').toEqual(processes);
});

describe('files that are no program for this mill are refused before a byte reaches the wire', () => {
  const files: [string, Buffer | string, string][] = [
    ['a letter', 'Dear Sir or Madam,\nI write to you about the mill.\n', 'not-gcode'],
    ['UTF-16', Buffer.from('\uFEFFG1 X1 F100\nM30\n', 'utf16le'), 'utf-16'],
    ['NUL bytes', Buffer.from('G1 X1 F100\0\nM30\n'), 'nul-byte'],
    ['a line of one megabyte', `G1 X1 F100\nG1 ${'X1'.repeat(524_288)}\n`, 'line-too-long'],
    ['a realtime byte in a line', Buffer.from([...Buffer.from('G1 X1 F100\nG1 X2 '), 0x18, 0x0a]), 'realtime-byte'],
    ['a settings reset', 'G1 X1 F100\n$RST=*\n', 'system-command'],
    ['a move outside the envelope', 'G21 G90\nG1 X9000 F100\n', 'outside-envelope'],
  ];

  test.each(files)('%s', async (_title, bytes, code) => {
    const before = programLines(product.wire()).length;
    const job = await mara.prepare('bad.nc', bytes);
    expect(job.state).toBe('refused');
    expect(job.check?.problems.map(problem => problem.code)).toContain(code);
    expect(job.check?.problems[0]?.line).toBeGreaterThan(0);
    const refused = await mara.command('LOAD_JOB', { job: job.actor.replace('job/', '') });
    expect(refused.body.outcome).toBe('refused');
    expect(programLines(product.wire()).length).toBe(before);
  });

  test('an empty file and one above the limit are refused at the door', async () => {
    expect((await mara.upload('empty.nc', '')).body.code).toBe('empty-file');
    const large = await mara
      .upload('large.nc', Buffer.alloc(65 * 1_048_576, 'G1 X1\n'))
      .catch(error => ({ status: 413, body: { code: String(error) } }));
    expect(large.status).toBe(413);
  });

  test('CRLF and realtime characters in comments are cleaned, and what is sent has neither', async () => {
    const job = await mara.prepare('cleaned.nc', 'G21 G90\r\n(watch out! ~ ?)\r\nG1 X1 F600 ; go!\r\nM30\r\n');
    expect(job.state).toBe('ready');
    const before = programLines(product.wire()).length;
    await mara.must('LOAD_JOB', { job: job.actor.replace('job/', '') });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.must('START');
    await mara.reaches('execution', 'Complete');
    expect(programLines(product.wire()).slice(before)).toHaveLength(3);
    await mara.must('RESET');
  });
});

describe('what no client should send', () => {
  test.each([
    ['GET', '/equipment/no-such', undefined, 404, 'unknown-equipment'],
    ['POST', '/equipment/no-such/commands', { id: crypto.randomUUID(), command: 'HOLD' }, 404, 'unknown-equipment'],
    ['POST', '/equipment/mill-1/commands', { id: crypto.randomUUID(), command: 'EXPLODE' }, 404, 'unknown-command'],
    ['POST', '/equipment/mill-1/commands', { id: 7, command: 'HOLD' }, 400, 'invalid'],
    ['POST', '/equipment/mill-1/commands', { id: crypto.randomUUID(), command: 'HOLD', role: 'administrator' }, 400, undefined],
  ] as const)('%s %s %j -> %i %s', async (method, path, body, status, code) => {
    const answer = await mara.call(method, path, body);
    expect(answer.status).toBe(status);
    if (code) expect(answer.body.code).toBe(code);
    expect(JSON.stringify(answer.body)).not.toMatch(/\n\s+at |node_modules|\.ts:/);
  });

  test('malformed JSON, a missing, a wrong and a foreign token', async () => {
    const url = `${product.url}/api/v1/equipment/mill-1/commands`;
    const send = (authorization: string | null, body: string) =>
      fetch(url, {
        method: 'POST',
        headers: { origin: product.url, 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
        body,
      });
    expect((await send(`Bearer ${mara.session.accessToken}`, '{"id":')).status).toBe(400);
    expect((await send(null, '{}')).status).toBe(401);
    expect((await send('Bearer x.y.z', '{}')).status).toBe(401);
    expect((await send(`Bearer ${mara.session.stopPass}`, '{}')).status).toBe(401);
    expect((await fetch(`${product.url}/api/v1/system/health`)).status).toBe(200);
  });
});
