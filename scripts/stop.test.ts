import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LanePress, NodeFrame } from '../actors/stop/protocol.ts';
import { type StopServer, startStopServer } from '../actors/stop/server.ts';

const program = resolve(import.meta.dirname, 'stop.mjs');

interface Shop {
  readonly folder: string;
  readonly presses: LanePress[];
  server: StopServer | null;
}

/** A data directory of its own: most tests wait for the patience of the program, all of them at once. */
const test = it.extend<{ shop: Shop }>({
  shop: async ({ task: _ }, use) => {
    const shop: Shop = { folder: mkdtempSync(join(tmpdir(), 'wit-stop-')), presses: [], server: null };
    mkdirSync(join(shop.folder, 'secrets'));
    writeFileSync(join(shop.folder, 'secrets/stop-lane'), 'the secret');
    await use(shop);
    await shop.server?.close();
    rmSync(shop.folder, { recursive: true, force: true });
  },
});

/** A node that answers a press with these stages. It lists the first machines, and the next ones each time that it was asked for them. */
async function node(
  shop: Shop,
  stages: readonly ('written' | 'confirmed')[],
  lists: readonly (readonly string[])[] = [['mill-1']],
): Promise<void> {
  let asked = 0;
  const now = () => lists[Math.min(asked, lists.length - 1)] ?? [];
  const press = ({ stopId, equipment: wanted, ...rest }: LanePress, answer: (frame: NodeFrame) => void) => {
    shop.presses.push({ stopId, equipment: wanted, ...rest });
    const pressed = now().filter(machine => wanted === 'all' || wanted === machine);
    if (pressed.length === 0) answer({ stopId, equipment: wanted, stage: 'unknown-target', ms: 0 });
    for (const equipment of pressed) for (const stage of stages) answer({ stopId, equipment, stage, ms: 3 });
  };
  const targets = {
    get ids() {
      const listed = now();
      asked += 1;
      return listed;
    },
    press,
  };
  shop.server = await startStopServer(join(shop.folder, 'run/stop-here.sock'), 'the secret', targets);
}

function run({ folder }: Shop): Promise<{ code: number; output: string }> {
  return new Promise(done => {
    const child = execFile(process.execPath, [program], { env: { ...process.env, WIT_DATA_DIR: folder } }, (_error, out, err) => {
      done({ code: child.exitCode ?? -1, output: out + err });
    });
  });
}

describe.concurrent('npm run stop', () => {
  test('stops every machine without a log-in and says when it confirmed', async ({ shop }) => {
    await node(shop, ['written', 'confirmed']);
    expect(await run(shop)).toEqual({ code: 0, output: 'mill-1: stopped, confirmed after 3 ms\n' });
    expect(shop.presses).toEqual([expect.objectContaining({ equipment: 'all', pass: 'host', by: 'host' })]);
  });

  test('fails and points to the hardware stop when a machine does not confirm', async ({ shop }) => {
    await node(shop, ['written']);
    expect(await run(shop)).toEqual({ code: 1, output: 'mill-1: stop written: NOT CONFIRMED - use the hardware stop.\n' });
  });

  test('[F17] stops the machines that a starting node takes up one after the other, each of them once', async ({ shop }) => {
    await node(shop, ['written', 'confirmed'], [[], ['mill-1'], ['mill-1', 'extractor-1']]);
    expect(await run(shop)).toEqual({
      code: 0,
      output: 'mill-1: stopped, confirmed after 3 ms\nextractor-1: stopped, confirmed after 3 ms\n',
    });
    expect(shop.presses.map(({ equipment }) => equipment)).toEqual(['all', 'mill-1', 'extractor-1']);
    expect(new Set(shop.presses.map(({ stopId }) => stopId)).size).toBe(1);
  });

  test('[F17] fails when a node names no machine: nothing was stopped', async ({ shop }) => {
    await node(shop, ['written', 'confirmed'], [[]]);
    expect(await run(shop)).toEqual({
      code: 1,
      output: 'here: named no machine within 3000 ms (it has none, or has not taken them up yet): NOT CONFIRMED - use the hardware stop.\n',
    });
  });

  test('fails when no node runs', async ({ shop }) => {
    expect(await run(shop)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^No node runs on .*: NOT CONFIRMED - use the hardware stop\.\n$/),
    });
  });

  test('fails when a socket was left by a killed node', async ({ shop }) => {
    mkdirSync(join(shop.folder, 'run'));
    writeFileSync(join(shop.folder, 'run/stop-gone.sock'), '');
    expect(await run(shop)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/^gone: cannot be reached \(ECONNREFUSED\): NOT CONFIRMED/),
    });
  });
});
