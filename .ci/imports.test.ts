import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkImports } from './imports.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'wit-imports-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Problems of a tree made of these files. */
function problems(files: Readonly<Record<string, string>>): string[] {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  return checkImports(root);
}

const chart = { 'statecharts/chart.ts': 'export type Chart = 1; export const chart = 1;' };

describe('the import table', () => {
  it('is silent about a tree that keeps it', () => {
    const files = {
      ...chart,
      'machines/grbl/index.ts': "import type { Chart } from '../../statecharts/chart.ts'; import 'node:fs'; export const a: Chart = 1;",
      'actors/main.ts': "import { chart } from '../statecharts/chart.ts'; import { Pool } from 'pg'; new Pool(chart);",
    };
    expect(problems(files)).toEqual([]);
  });

  it('finds an import against the line and names file, line and rule', () => {
    const found = problems({ 'statecharts/a.ts': "\nimport { b } from '../actors/b.ts';", 'actors/b.ts': 'export const b = 1;' });
    expect(found).toEqual([
      expect.stringMatching(
        /^statecharts\/a\.ts:2 imports \.\.\/actors\/b\.ts: statecharts\/ may import only itself; statecharts are pure/,
      ),
    ]);
  });

  it.each([
    ['a chart that reads files', 'statecharts/a.ts', "import 'node:fs';"],
    ['a chart with a foreign package', 'statecharts/a.ts', "import 'kysely';"],
    ['a driver that runs a chart', 'machines/grbl/index.ts', "import { chart } from '../../statecharts/chart.ts'; chart;"],
    ['a gateway that speaks to hardware', 'gateway/main.ts', "import '../machines/grbl/index.ts';"],
    ['a runtime that knows one driver', 'actors/main.ts', "export * from '../machines/grbl/index.ts';"],
    ['an interface that reaches into the gateway', 'ui/main.tsx', "const a = import('../gateway/main.ts');"],
    ['a driver that reaches into another', 'machines/marlin/index.ts', "import '../grbl/parse.ts';"],
    ['storage that knows the system', 'actors/storage/a.ts', "import '../system/b.ts';"],
    ['a program that leans on test tools', 'actors/equipment/a.ts', "import '../testing/b.ts';"],
  ])('finds %s', (_what, file, text) => {
    expect(problems({ ...chart, 'machines/grbl/index.ts': '', [file]: text })).toHaveLength(1);
  });

  describe('the seam around XState', () => {
    const seam = { 'actors/system/chart-actor.ts': "import { createActor } from 'xstate'; createActor;" };

    it('lets types through, and tests and their tools', () => {
      const files = {
        ...seam,
        'actors/system/chart.ts': "import type { AnyStateMachine } from 'xstate'; export type Machine = AnyStateMachine;",
        'actors/system/a.test.ts': "import { setup } from 'xstate'; setup;",
        'actors/testing/lamp.ts': "import { setup } from 'xstate'; setup;",
      };
      expect(problems(files)).toEqual([]);
    });

    it.each(["import { assign } from 'xstate'; assign;", "import { a } from 'xstate/actors'; a;", "const a = import('xstate');"])(
      'finds a second file that runs it: %s',
      text => {
        expect(problems({ ...seam, 'actors/equipment/a.ts': text })).toEqual([
          expect.stringMatching(/^actors\/equipment\/a\.ts:1 imports xstate.*only actors\/system\/chart-actor\.ts may/),
        ]);
      },
    );

    it('finds a seam that has grown past 500 lines, or that XState has left', () => {
      const grown = `${Object.values(seam)[0]}${'\n'.repeat(500)}`;
      expect(problems({ 'actors/system/chart-actor.ts': grown })).toEqual([expect.stringMatching(/has 501 lines, 500 at most/)]);
      const left = "import type { AnyStateMachine } from 'xstate'; export type Machine = AnyStateMachine;";
      expect(problems({ 'actors/system/chart-actor.ts': left })).toEqual([expect.stringMatching(/does not import xstate/)]);
    });
  });

  it('lets a driver use its parent through its index, and a test use any simulator', () => {
    const files = {
      'machines/grbl/index.ts': 'export const parent = 1;',
      'machines/grbl/simulator.ts': 'export const simulator = 1;',
      'machines/grbl-lpc/index.ts': "import { parent } from '../grbl/index.ts'; parent;",
      'gateway/a.test.ts': "import '../machines/grbl/simulator.ts'; import 'vitest';",
    };
    expect(problems(files)).toEqual([]);
  });

  it('finds a cycle at run time and shows its path', () => {
    const files = {
      'actors/system/a.ts': "import './b.ts';",
      'actors/system/b.ts': "export { c } from './c.ts';",
      'actors/system/c.ts': "import './a.ts'; export const c = 1;",
    };
    const path = 'actors/system/a.ts -> actors/system/b.ts -> actors/system/c.ts -> actors/system/a.ts';
    expect(problems(files)).toEqual([`run-time import cycle: ${path}`]);
  });

  it('does not take a circle of types for a cycle', () => {
    const files = {
      'actors/system/a.ts': "import type { B } from './b.ts'; export type A = B;",
      'actors/system/b.ts': "import { type A } from './a.ts'; export type B = A;",
    };
    expect(problems(files)).toEqual([]);
  });
});
