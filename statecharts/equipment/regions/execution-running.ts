import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';
import {
  common,
  completing,
  ended,
  finished,
  holdable,
  overriding,
  resumed,
  stopping,
  surroundings,
  tell,
  unattended,
} from './execution-parts.ts';

/** Starting, Execute, Unholding, Unsuspending, Completing: a program moves the machine. And Stopping, which ends one. */
export function runningStates(family: Family) {
  const { permitted, profile } = family;
  const producing = {
    ...common(family),
    ...surroundings,
    ...(profile.absence.run === 'hold' ? unattended : {}),
    ...stopping(family),
    CHECK_OUT: { ...permitted('CHECK_OUT'), target: 'Stopping' },
  } as const;
  const goingOn = [...holdable, finished, resumed, { ...resumed, guard: when({ condition: ['idle'] }) }] as const;
  return equipmentSetup.createStateConfig({
    states: {
      Starting: {
        entry: enter('execution', 'Starting'),
        on: {
          ...producing,
          'program.started': { target: 'Execute', actions: tell('job.started') },
          'program.ended': ended,
          'device.condition': holdable,
        },
      },
      Execute: {
        entry: enter('execution', 'Execute'),
        on: {
          ...producing,
          ...completing(family),
          ...overriding(family),
          HOLD: { ...permitted('HOLD'), target: 'Holding', actions: 'device.hold' },
          'authority.continued': { guard: when({ run: 'running' }), actions: 'device.program.run' },
          SUSPEND: { ...permitted('SUSPEND'), target: 'Suspending', actions: 'device.hold' },
          'program.ended': ended,
          'device.condition': [...holdable, finished],
        },
      },
      Unholding: {
        entry: enter('execution', 'Unholding'),
        on: { ...producing, 'program.ended': ended, 'device.condition': goingOn },
      },
      Unsuspending: {
        entry: enter('execution', 'Unsuspending'),
        on: { ...producing, 'program.ended': ended, 'device.condition': goingOn },
      },
      Completing: {
        entry: enter('execution', 'Completing'),
        on: { ...producing, 'program.ended': ended, 'device.condition': [...holdable, finished] },
      },
      Stopping: {
        entry: [enter('execution', 'Stopping'), 'device.stop'],
        on: { ...common(family), 'device.stopped': { target: 'Stopped' } },
      },
    },
  }).states;
}
