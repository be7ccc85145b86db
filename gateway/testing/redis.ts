import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bound, type RunningProgram, startProgram } from '../../actors/launcher/bound-process.ts';
import { freePort } from '../../actors/launcher/ports.ts';
import { until } from '../../actors/testing/until.ts';

const run = promisify(execFile);

/** A real redis-server that keeps nothing on disk and asks for a password; it can be killed and started again on its port. */
export class TestRedis {
  readonly #folder: string;
  readonly #port: number;
  readonly #password = randomBytes(24).toString('base64url');
  #program: RunningProgram | null = null;

  static async start(): Promise<TestRedis> {
    const redis = new TestRedis(mkdtempSync(join(tmpdir(), 'wit-redis-')), await freePort());
    await redis.begin();
    return redis;
  }

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  get url(): string {
    return `redis://:${this.#password}@127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  /** Starts it, empty, and waits until it answers. */
  async begin(): Promise<void> {
    const settings = { port: String(this.#port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.#folder };
    const words = Object.entries({ ...settings, requirepass: this.#password }).flatMap(([name, value]) => [`--${name}`, value]);
    const line = bound(['redis-server', ...words], 'SIGKILL');
    this.#program = startProgram({ line, logFile: join(this.#folder, 'redis.log'), stopSignal: 'SIGTERM' });
    await until('redis answers', async () => (await this.cli('ping').catch(() => '')) === 'PONG');
  }

  /** What `redis-cli` prints. */
  cli(...words: string[]): Promise<string> {
    return this.#ask(words, { REDISCLI_AUTH: this.#password });
  }

  /** The same without the password. */
  strangerAsks(...words: string[]): Promise<string> {
    return this.#ask(words, {});
  }

  async #ask(words: readonly string[], variables: Record<string, string>): Promise<string> {
    const env = { ...process.env, ...variables };
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(this.#port), ...words], { env });
    return stdout.trim();
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.#program?.stop(0);
  }

  async close(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
