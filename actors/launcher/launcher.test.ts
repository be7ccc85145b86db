import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ownPort } from '../testing/own-port.ts';
import { type Endpoints, readEndpoints } from './endpoints.ts';
import { isAlive } from './process-facts.ts';

const repository = resolve(import.meta.dirname, '../..');
const build = join(repository, 'build');

/** The smallest program that keeps the launcher's contract; the real ones are run by the tests of the whole product. */
const standIn = `
process.send({ ready: true });
for (const event of ['SIGTERM', 'disconnect']) process.once(event, () => process.exit(0));
setInterval(() => {}, 1_000);
`;

let bundles: string;
beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: repository });
  bundles = mkdtempSync(join(build, 'launcher-test-'));
  copyFileSync(join(build, 'launcher.mjs'), join(bundles, 'launcher.mjs'));
  cpSync(join(build, 'machines'), join(bundles, 'machines'), { recursive: true });
  for (const name of ['node', 'gateway', 'stop-lane']) writeFileSync(join(bundles, `${name}.mjs`), standIn);
});
afterAll(() => rmSync(bundles, { recursive: true, force: true }));

let folder: string;
let port: number;
let stopPort: number;
let launchers: Launched[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-launch-'));
  port = await ownPort();
  stopPort = await ownPort();
  launchers = [];
});
afterEach(async () => {
  for (const launcher of launchers) await launcher.end('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
});

/** A launcher as a process, with what it prints. */
class Launched {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  output = '';

  constructor(variables: Record<string, string>, words: readonly string[]) {
    this.child = spawn(process.execPath, [join(bundles, 'launcher.mjs'), ...words], {
      env: { ...process.env, WIT_DATA_DIR: join(folder, 'data'), WIT_PORT: String(port), WIT_STOP_PORT: String(stopPort), ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.on('data', chunk => this.#print(String(chunk)));
    this.exit = new Promise(done => this.child.once('close', done));
  }

  #print(text: string): void {
    this.output += text;
  }

  async serves(): Promise<void> {
    await expect.poll(() => this.output).toContain('Ctrl+C ends it.');
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }
}

function launch(variables: Record<string, string> = {}, words: readonly string[] = ['--no-demo']): Launched {
  const launched = new Launched(variables, words);
  launchers.push(launched);
  return launched;
}

async function serving(words?: readonly string[]): Promise<Launched> {
  const launched = launch({}, words);
  await launched.serves();
  return launched;
}

function endpoints(): Endpoints {
  const read = readEndpoints(join(folder, 'data/run/endpoints.json'));
  if (!read) throw new Error('no endpoints.json');
  return read;
}

function livingProcesses(pids: readonly number[]): number[] {
  return pids.filter(isAlive);
}

async function query(text: string): Promise<unknown[]> {
  const password = readFileSync(join(folder, 'data/secrets/database'), 'utf8');
  const client = new pg.Client({ host: endpoints().database, user: 'wit', password, database: 'wit' });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function portOfExtractor(): Promise<number> {
  const [row] = await query("select settings->'port' as port from equipment where id = 'extractor-1'");
  return Number((row as { port: unknown }).port);
}

describe('the launcher', () => {
  it('starts everything, prints address and set-up link, and ends everything in order', async () => {
    const launched = await serving();
    expect(launched.output).toContain(`http://127.0.0.1:${port}`);
    expect(launched.output).toMatch(/\/setup#token=[\w-]{43}\n/);
    const pids = Object.values(endpoints().processes);
    expect(Object.keys(endpoints().processes).sort()).toEqual(['gateway', 'nats', 'node', 'postgres', 'stop-lane']);
    expect(await launched.end('SIGTERM')).toBe(0);
    expect(livingProcesses(pids)).toEqual([]);
  });

  it('furnishes the demo on first start only, keeps its data, gives a network port that was taken up, and prints a new set-up link', async () => {
    const first = await serving([]);
    expect(await query('select id, name, simulated from equipment order by id')).toEqual([
      { id: 'extractor-1', name: 'Extractor', simulated: true },
      { id: 'laser-1', name: 'Laser 1', simulated: true },
      { id: 'mill-1', name: 'Mill 1', simulated: true },
    ]);
    for (const id of ['laser-1', 'mill-1']) expect(existsSync(join(folder, 'data/run/ports', id))).toBe(true);
    await query("update equipment set name = 'Big mill' where id = 'mill-1'");
    await query('delete from setup_token');
    const before = await portOfExtractor();
    await first.end('SIGINT');
    const other = createServer().listen(before, '127.0.0.1');
    const second = await serving([]);
    expect(await portOfExtractor()).not.toBe(before);
    other.close();
    expect(await query('select name from equipment order by id')).toEqual([
      { name: 'Extractor' },
      { name: 'Laser 1' },
      { name: 'Big mill' },
    ]);
    expect(await query('select count(*)::int as n from setup_token')).toEqual([{ n: 1 }]);
    expect(second.output).toMatch(/setup#token=/);
  });

  it('refuses a second start on the same data directory', async () => {
    const first = await serving();
    const second = launch();
    expect(await second.exit).toBe(1);
    expect(second.output).toMatch(
      /^W\.I\.T\. already runs on .*data \(process \d+\): end it first, or set WIT_DATA_DIR to another folder\.\n$/,
    );
    expect(isAlive(first.child.pid ?? 0)).toBe(true);
  });

  it.each(['WIT_PORT', 'WIT_STOP_PORT'])('says in one sentence that the port of %s is in use', async variable => {
    const server = createServer();
    await new Promise<void>(done => server.listen(variable === 'WIT_PORT' ? port : stopPort, '127.0.0.1', done));
    const launched = launch();
    expect(await launched.exit).toBe(1);
    expect(launched.output).toMatch(
      new RegExp(`^Port \\d+ is in use: end the program that holds it, or set ${variable} to a free port\\.\\n$`),
    );
    await new Promise(done => server.close(done));
  });

  it('refuses an unknown variable by its name', async () => {
    const launched = launch({ WIT_COLOUR: 'red' });
    expect(await launched.exit).toBe(1);
    expect(launched.output).toMatch(/^Unknown variable WIT_COLOUR\. Known are: .*\n$/);
  });

  it('refuses a data directory that it cannot write', async () => {
    writeFileSync(join(folder, 'file'), '');
    const launched = launch({ WIT_DATA_DIR: join(folder, 'file') });
    expect(await launched.exit).toBe(1);
    expect(launched.output).toMatch(/^.*file cannot be used as the data directory \(\w+\): .*\n$/);
  });

  it('says which program failed, and leaves nothing running', async () => {
    const gateway = join(bundles, 'gateway.mjs');
    writeFileSync(gateway, 'process.exit(3);');
    const launched = launch();
    const code = await launched.exit;
    writeFileSync(gateway, standIn);
    expect(code).toBe(1);
    expect(launched.output).toMatch(/gateway ended before it served \(code 3\); its last words stand in .*gateway\.log\.\n$/);
    expect(endpoints().processes).toEqual({});
  });

  it.each(['node', 'postgres', 'nats'])('starts %s again when it was killed', async name => {
    await serving();
    const before = endpoints();
    process.kill(before.processes[name] ?? 0, 'SIGKILL');
    const after = await vi.waitFor(
      () => {
        const now = endpoints();
        expect(now.processes[name]).toBeGreaterThan(0);
        expect(now.processes[name]).not.toBe(before.processes[name]);
        return now;
      },
      { timeout: 30_000, interval: 20 },
    );
    expect({ nats: after.nats, database: after.database }).toEqual({ nats: before.nats, database: before.database });
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('leaves no orphan when it is killed itself, and the next start goes on from there', async () => {
    const killed = await serving([]);
    const pids = Object.values(endpoints().processes);
    await query("update equipment set name = 'Kept' where id = 'mill-1'");
    await killed.end('SIGKILL');
    await expect.poll(() => livingProcesses(pids)).toEqual([]);
    await serving([]);
    expect(await query('select name from equipment order by id')).toEqual([{ name: 'Extractor' }, { name: 'Laser 1' }, { name: 'Kept' }]);
  });

  it('takes over at once from a killed launcher whose programs still run', async () => {
    const killed = await serving();
    await killed.end('SIGKILL');
    await serving();
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('works in a folder whose path is too long for sockets, and leaves no link behind', async () => {
    folder = join(folder, 'long-'.repeat(20));
    mkdirSync(folder);
    const launched = await serving([]);
    expect(await query('select 1 as one')).toEqual([{ one: 1 }]);
    const link = dirname(dirname(endpoints().database));
    expect(existsSync(link)).toBe(true);
    await launched.end('SIGTERM');
    expect(existsSync(link)).toBe(false);
    folder = dirname(folder);
  });

  it('works in a folder that only its owner may enter, and opens what it makes to nobody else', async () => {
    mkdirSync(join(folder, 'data'), { mode: 0o755 });
    chmodSync(join(folder, 'data'), 0o755);
    await serving();
    const open = execFileSync(
      'find',
      [join(folder, 'data'), '(', '-type', 'd', '-o', '-type', 'f', ')', '-perm', '/077', '-not', '-path', '*/nats/*'],
      { encoding: 'utf8' },
    );
    expect(open).toBe('');
  });
});
