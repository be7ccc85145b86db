import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build, type Plugin } from 'esbuild';
import type { Workshop } from './workshop.ts';

/** A node in a process of its own. */
export interface NodeProcess {
  readonly child: ChildProcess;
  /** Names the process in the journal. */
  readonly boot: string;
}

/** The nodes of a workshop as they are in production: each a process, and as far as files go a computer of its own. */
export class NodeProcesses {
  readonly #shop: Workshop;
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #folders = mkdtempSync(join(tmpdir(), 'wit-nodes-'));
  readonly #running = new Map<string, NodeProcess>();

  /** Builds the program; `env` is every node's. `changes` make another release of it. */
  static async open(shop: Workshop, env: Readonly<Record<string, string>>, changes: readonly Plugin[] = []): Promise<NodeProcesses> {
    const root = resolve(import.meta.dirname, '..', '..');
    // In the tree's own build folder, so that packages are found.
    const program = join(root, 'build', `node-${process.pid}-${changes.map(one => one.name).join('-')}.mjs`);
    const entry = join(root, 'actors', 'main.ts');
    const form = { bundle: true, platform: 'node', format: 'esm', packages: 'external' } as const;
    await build({ entryPoints: [entry], outfile: program, ...form, plugins: [...changes] });
    return new NodeProcesses(shop, program, env);
  }

  private constructor(shop: Workshop, program: string, env: Readonly<Record<string, string>>) {
    this.#shop = shop;
    this.#program = program;
    this.#env = env;
  }

  /** The data directory of a node. */
  dataDir(id: string): string {
    return join(this.#folders, id);
  }

  /** Resolves when it serves; what it logs goes to the workshop's log. */
  async start(id: string): Promise<NodeProcess> {
    const own = { ...this.#env, WIT_NODE_ID: id, WIT_DATA_DIR: this.dataDir(id) };
    const child = spawn(process.execPath, [this.#program], {
      env: { PATH: process.env.PATH, ...this.#shop.env, ...own },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    // Line by line: several may come at once, or one in two parts.
    if (child.stderr) createInterface({ input: child.stderr }).on('line', line => this.#shop.log.push(`${id}: ${line}`));
    const [ready] = (await once(child, 'message')) as [{ boot: string }];
    const node = { child, boot: ready.boot };
    this.#running.set(id, node);
    return node;
  }

  /** Whether this node was ever started. */
  has(id: string): boolean {
    return this.#running.has(id);
  }

  /** The newest process of this node. */
  the(id: string): NodeProcess {
    const node = this.#running.get(id);
    if (!node) throw new Error(`${id} does not run`);
    return node;
  }

  /** Kills it and waits for its end. */
  async kill(id: string): Promise<void> {
    await end(this.the(id).child);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ child }) => end(child)));
    rmSync(this.#program, { force: true });
    rmSync(this.#folders, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
