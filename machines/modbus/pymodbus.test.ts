import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../statecharts/equipment/reports.ts';
import type { Driver } from '../driver.ts';
import { modbusSwitch } from './index.ts';
import { startSimulator } from './simulator/run.ts';

/** The system's own Python is the one that has the system's pymodbus. */
const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
const script = (name: string) => join(import.meta.dirname, 'testing', name);

/** A relay made by somebody else: coil 3 of unit 17. */
class ForeignRelay {
  readonly #child: ChildProcessWithoutNullStreams = spawn(python, [script('pymodbus-server.py')]);
  readonly #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  #complaints = '';

  constructor() {
    // It tells of every exception and every client that leaves; of interest only when it ends.
    this.#child.stderr.on('data', (text: Buffer) => {
      this.#complaints += text;
    });
  }

  async port(): Promise<number> {
    return Number((await this.#line()).replace('port ', ''));
  }

  /** `read`, or `write 0|1` at the relay itself; its coil afterwards. */
  async coil(command: string): Promise<boolean> {
    this.#child.stdin.write(`${command}\n`);
    return (await this.#line()) === 'coil 1';
  }

  end(): void {
    this.#child.kill();
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`the server of pymodbus ended: ${this.#complaints}`);
    return value;
  }
}

const clock = {
  monotonic: () => performance.now(),
  setTimeout(run: () => void, ms: number) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

let foreign: ForeignRelay;
let port = 0;
let driver: Driver | null = null;
let reports: Report[] = [];
const directory = mkdtempSync(join(tmpdir(), 'wit-pymodbus-'));

beforeAll(async () => {
  foreign = new ForeignRelay();
  port = await foreign.port();
});
afterAll(() => {
  foreign.end();
  rmSync(directory, { recursive: true });
});
afterEach(async () => driver?.close());

function open(settings: object): void {
  reports = [];
  driver = modbusSwitch.open({
    settings: modbusSwitch.settings.parse({ host: '127.0.0.1', port, unit: 17, coil: 3, ...settings }),
    fence: { epoch: 1, valid: () => true },
    clock,
    directory,
    programPath: hash => hash,
    report: report => reports.push(report),
    telemetry: () => undefined,
    wire: () => undefined,
  });
}

const said = () => expect.poll(() => reports);
const output = (on: boolean) => expect.objectContaining({ type: 'device.output', on });

describe('the driver before a relay of pymodbus', () => {
  it('identifies it, switches it on and off, and stops it', async () => {
    open({ identity: 'Acme R16 2.7' });
    await said().toContainEqual(output(false));
    expect(reports).toContainEqual(
      expect.objectContaining({ type: 'device.identified', firmware: 'Acme R16', version: '2.7', simulated: false }),
    );
    driver?.perform({ type: 'device.clear' });
    await said().toContainEqual({ type: 'device.cleared' });
    driver?.perform({ type: 'device.switch', on: true });
    await said().toContainEqual(output(true));
    expect(await foreign.coil('read')).toBe(true);
    expect(driver?.stop()).toBe(true);
    await said().toContainEqual({ type: 'device.aborted' });
    expect(await foreign.coil('read')).toBe(false);
  });

  it('[EQ140] tells what is written to the coil by somebody else', async () => {
    open({ activeLow: true });
    await said().toContainEqual(output(true));
    await foreign.coil('write 1');
    await said().toContainEqual(output(false));
    await foreign.coil('write 0');
  });

  it('[F40] says which exception keeps it from reading a coil that is not there', async () => {
    open({ coil: 200, silentAfterMs: 500 });
    const reason = expect.stringContaining('exception 2: it has nothing at this address');
    await said().toContainEqual({ type: 'link.lost', reason });
    expect(reports).not.toContainEqual(expect.objectContaining({ type: 'device.synced' }));
  });

  it('[F40] hears nothing from a unit that is not there, and says so', async () => {
    open({ unit: 5, silentAfterMs: 500, answerWithinMs: 200 });
    await said().toContainEqual({ type: 'link.lost', reason: expect.stringMatching(/^The relay did not answer for \d+ ms\.$/) });
  });
});

it('the simulated relay is one to the client of pymodbus too', async () => {
  const simulator = await startSimulator({ tcp: 0, log: null, control: null, timeFactor: 1, name: 'Extractor' });
  const settled = '0.1';
  const { stdout } = await promisify(execFile)(python, [script('pymodbus-client.py'), String(simulator.link.port), settled]);
  await simulator.close();
  expect(JSON.parse(stdout)).toEqual({
    before: [0, 0, 0, 0, 0, 0, 0, 0],
    written: [2, true],
    after: [0, 0, 1, 0, 0, 0, 0, 0],
    one: 1,
    beyond: 2,
    unknown: 1,
    identity: ['W.I.T.', 'Extractor', 'simulated 1'],
  });
});
