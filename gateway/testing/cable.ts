import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A cut-able cable to the PostgreSQL of the test run: a Unix socket that passes everything on while it is whole. */
export class DatabaseCable {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wit-cable-'));
  readonly #file = join(this.#folder, '.s.PGSQL.5432');
  readonly #target: string;
  readonly #open = new Set<Socket>();
  #server: Server | null = null;

  constructor(url: string) {
    const real = new URLSearchParams(url.split('?')[1]).get('host') ?? '';
    this.#target = join(real, '.s.PGSQL.5432');
    this.url = `${url.split('?')[0]}?host=${encodeURIComponent(this.#folder)}`;
  }

  async join(): Promise<void> {
    const server = createServer(near => {
      const far = connect(this.#target);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#open.add(from);
        from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#open.delete(from);
          to.destroy();
        });
      }
    });
    this.#server = server;
    await new Promise<void>(resolve => server.listen(this.#file, resolve));
  }

  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#open) socket.destroy();
    if (server) await new Promise(resolve => server.close(resolve));
  }

  async remove(): Promise<void> {
    await this.cut();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
