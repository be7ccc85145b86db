import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PeerFiles } from '../../actors/config.ts';
import { bound, type RunningProgram, startProgram } from '../../actors/launcher/bound-process.ts';
import { ownPort } from '../../actors/testing/own-port.ts';
import { until } from '../../actors/testing/until.ts';

const run = promisify(execFile);

/**
 * A real redis-server that keeps nothing on disk and asks for a password; it can be killed and started again on its port. With files it
 * speaks TLS only, and only with those whose certificate is of the same authority.
 */
export class TestRedis {
  readonly #folder: string;
  readonly #port: number;
  readonly #tls: PeerFiles | null;
  readonly #password = randomBytes(24).toString('base64url');
  #program: RunningProgram | null = null;

  static async start(tls: PeerFiles | null = null): Promise<TestRedis> {
    const redis = new TestRedis(mkdtempSync(join(tmpdir(), 'wit-redis-')), await ownPort(), tls);
    await redis.begin();
    return redis;
  }

  private constructor(folder: string, port: number, tls: PeerFiles | null) {
    this.#folder = folder;
    this.#port = port;
    this.#tls = tls;
  }

  get url(): string {
    return `${this.#tls ? 'rediss' : 'redis'}://:${this.#password}@127.0.0.1:${this.#port}`;
  }

  get pid(): number {
    return this.#program?.pid ?? 0;
  }

  /** Starts it, empty, and waits until it answers. */
  async begin(): Promise<void> {
    const settings = { bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.#folder, requirepass: this.#password };
    const words = Object.entries({ ...settings, ...this.#listening() }).flatMap(([name, value]) => [`--${name}`, value]);
    const line = bound(['redis-server', ...words], 'SIGKILL');
    this.#program = startProgram({ line, logFile: join(this.#folder, 'redis.log'), stopSignal: 'SIGTERM' });
    await until('redis answers', async () => (await this.cli('ping').catch(() => '')) === 'PONG');
  }

  /** What `redis-cli` prints. */
  async cli(...words: string[]): Promise<string> {
    const tls = this.#tls ? ['--tls', '--cacert', this.#tls.caFile, '--cert', this.#tls.certFile, '--key', this.#tls.keyFile] : [];
    const env = { ...process.env, REDISCLI_AUTH: this.#password };
    const { stdout } = await run('redis-cli', ['-h', '127.0.0.1', '-p', String(this.#port), ...tls, ...words], { env });
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

  #listening(): Record<string, string> {
    if (this.#tls === null) return { port: String(this.#port) };
    const { certFile, keyFile, caFile } = this.#tls;
    const files = { 'tls-cert-file': certFile, 'tls-key-file': keyFile, 'tls-ca-cert-file': caFile };
    return { port: '0', 'tls-port': String(this.#port), 'tls-auth-clients': 'yes', ...files };
  }
}
