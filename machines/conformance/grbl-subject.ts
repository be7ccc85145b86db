import type { EquipmentType } from '../driver.ts';
import { realtime } from '../grbl/index.ts';
import type { Rig } from './rig.ts';
import type { Subject } from './subject.ts';
import { buildSimulator } from './suite.ts';

async function prepare(rig: Rig): Promise<void> {
  rig.driver.perform({ type: 'device.clear' });
  await rig.report('device.cleared');
  await rig.until('rest', () => rig.condition() === 'idle');
}

async function runProgram(rig: Rig, program: readonly string[]): Promise<void> {
  rig.run(program);
  await rig.until('motion', () => rig.condition() === 'running');
}

async function hold(rig: Rig): Promise<void> {
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
  await door(rig);
  await rig.simulator.verb({ verb: 'door', position: 'closed' });
  await rig.until('the closed door', () => rig.condition() === 'door-closed');
}

async function alarm(rig: Rig): Promise<void> {
  await rig.simulator.verb({ verb: 'alarm', code: 1 });
  await rig.until('the alarm', () => rig.condition() === 'alarm');
}

type Enter = (rig: Rig) => Promise<void>;

function after(first: Enter, then: Enter): Enter {
  return async rig => {
    await first(rig);
    await then(rig);
  };
}

/** What every type with a GRBL controller brings to its certification, over its simulator. */
export function grblSubject(type: EquipmentType, program: readonly string[]): Omit<Subject, 'link'> {
  const run = (rig: Rig) => runProgram(rig, program);
  return {
    type,
    build: () => buildSimulator(type),
    prepare,
    program,
    conditions: [
      { condition: 'idle', enter: async () => undefined },
      { condition: 'running', enter: run },
      { condition: 'held', enter: after(run, hold) },
      { condition: 'jogging', enter: jog },
      {
        condition: 'homing',
        async enter(rig) {
          rig.driver.perform({ type: 'device.home' });
          await rig.until('homing', () => rig.condition() === 'homing');
        },
      },
      { condition: 'door-open', enter: door },
      { condition: 'door-closed', enter: after(run, doorClosed) },
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
}
