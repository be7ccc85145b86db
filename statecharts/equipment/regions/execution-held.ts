import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, timer, when } from '../transitions.ts';
import { common, completing, endedInHold, faults, finished, overriding, restsUnsaid, resumed, stopping, tell } from './execution-parts.ts';

/** Holding, Held, Suspending, Suspended: a run waits for a person. */
export function heldStates(family: Family) {
  const { permitted } = family;
  const waiting = { ...common(family), ...stopping(family), 'program.ended': endedInHold } as const;
  const resume = ['confirmGuard', 'device.resume'] as const;
  const rests = (target: 'Held' | 'Suspended') =>
    [...faults['device.condition'], { guard: when({ condition: ['held', 'door-open', 'door-closed', 'idle'] }), target }] as const;
  return equipmentSetup.createStateConfig({
    states: {
      Holding: {
        entry: [enter('execution', 'Holding'), timer.start('hold-confirm')],
        exit: timer.cancel('hold-confirm'),
        on: { ...waiting, 'device.condition': rests('Held'), 'timer.fired': restsUnsaid('Held') },
      },
      Held: {
        entry: [enter('execution', 'Held'), tell('job.held')],
        on: {
          ...waiting,
          ...completing(family),
          ...overriding(family),
          UNHOLD: { ...permitted('UNHOLD'), target: 'Unholding', actions: resume },
          'device.condition': [...faults['device.condition'], finished, resumed],
        },
      },
      Suspending: {
        entry: [enter('execution', 'Suspending'), timer.start('hold-confirm')],
        exit: timer.cancel('hold-confirm'),
        on: { ...waiting, 'device.condition': rests('Suspended'), 'timer.fired': restsUnsaid('Suspended') },
      },
      Suspended: {
        entry: [enter('execution', 'Suspended'), tell('job.held')],
        on: {
          ...waiting,
          ...completing(family),
          HOLD: { ...permitted('HOLD'), target: 'Holding', actions: 'device.hold' },
          UNSUSPEND: { ...permitted('UNSUSPEND'), target: 'Unsuspending', actions: resume },
          'device.condition': [...faults['device.condition'], finished, resumed],
        },
      },
    },
  }).states;
}
