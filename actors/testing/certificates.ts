import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PeerFiles } from '../config.ts';

const run = promisify(execFile);
const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' ');

/** What a certificate is for. */
export interface Subject {
  /** Host names and addresses it stands for. */
  readonly hosts?: readonly string[];
  /** Default: both. */
  readonly usage?: 'serverAuth' | 'clientAuth' | 'serverAuth,clientAuth';
  /** Default: 2. */
  readonly days?: number;
}

/** An authority of a workshop that signs the certificates of its programs, made with openssl as the operations page says. */
export class TestAuthority {
  readonly #folder: string;
  readonly caFile: string;

  static async make(): Promise<TestAuthority> {
    const authority = new TestAuthority(mkdtempSync(join(tmpdir(), 'wit-ca-')));
    await authority.#openssl(
      ['req', '-x509', ...newKey, '-days', '3', '-subj', '/CN=Workshop', '-keyout', 'ca.key', '-out', 'ca.pem'],
      ['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0', '-addext', 'keyUsage=critical,keyCertSign'],
    );
    return authority;
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.caFile = join(folder, 'ca.pem');
  }

  /** Makes the files of one program; made again under the same name they are replaced. */
  async issue(name: string, { hosts = [], usage = 'serverAuth,clientAuth', days = 2 }: Subject = {}): Promise<PeerFiles> {
    mkdirSync(join(this.#folder, name), { recursive: true, mode: 0o700 });
    const [key, request, cert, extensions] = ['key.pem', 'request.pem', 'cert.pem', 'extensions'].map(file => join(name, file));
    const names = hosts.map(host => `${/^[0-9.:]+$/.test(host) ? 'IP' : 'DNS'}:${host}`).join();
    const lines = [`extendedKeyUsage=${usage}`, ...(names === '' ? [] : [`subjectAltName=${names}`])];
    writeFileSync(join(this.#folder, extensions ?? ''), lines.join('\n'));
    await this.#openssl(['req', ...newKey, '-subj', `/CN=${name}`, '-keyout', key ?? '', '-out', request ?? '']);
    await this.#openssl(
      ['x509', '-req', '-in', request ?? '', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-days', String(days)],
      ['-set_serial', String(Date.now()), '-extfile', extensions ?? '', '-out', cert ?? ''],
    );
    return { certFile: join(this.#folder, cert ?? ''), keyFile: join(this.#folder, key ?? ''), caFile: this.caFile };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #openssl(...words: readonly string[][]): Promise<void> {
    await run('openssl', words.flat(), { cwd: this.#folder });
  }
}
