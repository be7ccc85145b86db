import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Rig } from '../conformance/rig.ts';
import { conformance, type Subject } from '../conformance.ts';
import { realtime } from './encode.ts';
import { grbl } from './index.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** A zigzag of short moves near the home corner of the demo mill, whose G54 lies 600, 300 and 80 mm from it. */
const program = [
  'G21G90G94',
  'M3S8000',
  'G0X590Y290Z75',
  ...Array.from({ length: 300 }, (_, at) => `G1X${550 + (at % 20) * 2}Y${260 + Math.floor(at / 20) * 2}Z${70 - (at % 3)}F1500`),
  'M5',
  'G0Z75',
  'M2',
];

async function prepare(rig: Rig): Promise<void> {
  rig.driver.perform({ type: 'device.clear' });
  await rig.report('device.cleared');
  await rig.until('rest', () => rig.condition() === 'idle');
}

async function run(rig: Rig): Promise<void> {
  rig.run(program);
  await rig.until('motion', () => rig.condition() === 'running');
}

async function hold(rig: Rig): Promise<void> {
  await run(rig);
  rig.driver.perform({ type: 'device.hold' });
  await rig.until('standstill', () => rig.condition() === 'held');
}

async function jog(rig: Rig): Promise<void> {
  const jogId = '00000000-0000-7000-8000-000000000001';
  rig.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: -1 }, feed: 600, distance: 60 } });
  await rig.until('a jog', () => rig.condition() === 'jogging');
}

async function door(rig: Rig): Promise<void> {
  await rig.simulator.verb({ verb: 'door', position: 'open' });
  await rig.until('the door', () => rig.condition() === 'door-open');
}

async function doorClosed(rig: Rig): Promise<void> {
  await run(rig);
  await door(rig);
  await rig.simulator.verb({ verb: 'door', position: 'closed' });
  await rig.until('the closed door', () => rig.condition() === 'door-closed');
}

async function alarm(rig: Rig): Promise<void> {
  await rig.simulator.verb({ verb: 'alarm', code: 1 });
  await rig.until('the alarm', () => rig.condition() === 'alarm');
}

const subject: Omit<Subject, 'link'> = {
  type: grbl,
  async build() {
    // Inside the repository, where the packages that are not bundled are found.
    const outfile = join(root, `build/conformance/grbl-${process.pid}.mjs`);
    const options = { bundle: true, packages: 'external', platform: 'node', format: 'esm', absWorkingDir: root } as const;
    await build({ ...options, entryPoints: [grbl.simulator], outfile });
    return outfile;
  },
  prepare,
  program,
  conditions: [
    { condition: 'idle', enter: async () => undefined },
    { condition: 'running', enter: run },
    { condition: 'held', enter: hold },
    { condition: 'jogging', enter: jog },
    {
      condition: 'homing',
      async enter(rig) {
        rig.driver.perform({ type: 'device.home' });
        await rig.until('homing', () => rig.condition() === 'homing');
      },
    },
    { condition: 'door-open', enter: door },
    { condition: 'door-closed', enter: doorClosed },
    { condition: 'alarm', enter: alarm },
  ],
  grammar: {
    realtime: Object.values(realtime),
    lines: [/^\$(I|\$|#|G|H|X)$/, /^\$J=G91G21([XYZ]-?[0-9.]+)+F[0-9.]+$/, /^([GMXYZFS]-?[0-9.]+)+$/],
    stop: [realtime.hold, realtime.reset],
    questions: /^\$[G#]$/,
  },
  harmless: [realtime.hold, realtime.reset, realtime.status, realtime.jogCancel],
};

conformance({ ...subject, link: 'serial' });
conformance({ ...subject, link: 'tcp' });
