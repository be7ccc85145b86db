import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import type { EquipmentType } from '../driver.ts';
import { type OpenRig, openRig, type Rig } from './rig.ts';
import type { LinkKind } from './simulator-process.ts';
import { readWire, type WireEntry } from './wire.ts';

/** What the suite of every family is run over. */
export interface Certified {
  readonly type: EquipmentType;
  readonly link: LinkKind;
  /** Beside the address of the simulator. */
  readonly settings?: object;
  /** Builds the type's simulator and returns the program's path. */
  build(): Promise<string>;
  /** Looks, after each clause, whether everything written belongs to what the type may ever write. */
  checkWire(wire: readonly WireEntry[]): void;
}

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Registers the clauses of a family, each with rigs of its own that are closed after it. */
export function suite(certified: Certified, clauses: (open: OpenRig) => void): void {
  const { type, link, settings = {} } = certified;
  let program = '';
  const rigs: Rig[] = [];
  const open: OpenRig = async (timeFactor = 20, prelude) => {
    const rig = await openRig({ type, link, program, timeFactor, settings, prelude });
    rigs.push(rig);
    return rig;
  };

  describe(`conformance of ${type.type} over ${link}`, { timeout: 40_000 }, () => {
    beforeAll(async () => {
      program = await certified.build();
    });

    afterAll(() => rmSync(program, { force: true }));

    afterEach(async () => {
      for (const rig of rigs.splice(0)) {
        const wire = readWire(rig.simulator.wireLog);
        await rig.close();
        certified.checkWire(wire);
      }
    });

    clauses(open);
  });
}

/** Builds the simulator of a type. */
export async function buildSimulator(type: EquipmentType): Promise<string> {
  // Inside the repository, where the packages that are not bundled are found.
  const outfile = join(root, `build/conformance/${type.type}-${process.pid}.mjs`);
  const options = { bundle: true, packages: 'external', platform: 'node', format: 'esm', absWorkingDir: root } as const;
  await build({ ...options, entryPoints: [type.simulator], outfile });
  return outfile;
}
