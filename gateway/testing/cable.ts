import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cable } from '../../actors/testing/cable.ts';

/** A cable to the PostgreSQL of the test run: a Unix socket that passes everything on while it is whole. */
export class DatabaseCable {
  readonly url: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wit-cable-'));
  readonly #cable: Cable;

  constructor(url: string) {
    const real = new URLSearchParams(url.split('?')[1]).get('host') ?? '';
    this.#cable = new Cable({ path: join(real, '.s.PGSQL.5432') });
    this.url = `${url.split('?')[0]}?host=${encodeURIComponent(this.#folder)}`;
  }

  join(): Promise<void> {
    return this.#cable.join(join(this.#folder, '.s.PGSQL.5432'));
  }

  cut(): Promise<void> {
    return this.#cable.cut();
  }

  stall(): void {
    this.#cable.stall();
  }

  flow(): void {
    this.#cable.flow();
  }

  async remove(): Promise<void> {
    await this.cut();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
