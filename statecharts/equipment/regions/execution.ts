import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';
import { heldStates } from './execution-held.ts';
import { interrupted } from './execution-parts.ts';
import { restingStates } from './execution-resting.ts';
import { runningStates } from './execution-running.ts';

/**
 * The 17 states and 50 transitions of PackML [EQ70], and what the device itself can cause beside them [EQ80]. A family without programs
 * has those of a thing at rest.
 */
export function execution(family: Family) {
  const { program } = family.profile;
  return equipmentSetup.createStateConfig({
    initial: 'Aborted',
    on: {
      // The device is out of reach, is another one, or has just been read: nothing that was under way goes on by itself.
      'authority.acquired': program
        ? [{ guard: when({ run: 'running' }), target: '.Aborted', actions: interrupted }, { target: '.Aborted' }]
        : { target: '.Aborted' },
      'authority.lost': { target: '.Aborted' },
      DISCONNECT: { ...family.permitted('DISCONNECT'), target: '.Aborted' },
      'link.up': { target: '.Aborted' },
      'link.lost': { target: '.Aborted' },
      'device.identity.changed': { target: '.Aborted' },
      'device.synced': { target: '.Aborted' },
      ...(program ? runsOver : {}),
      ...(family.profile.name === 'process'
        ? { WRITE_REGISTER: { ...family.permitted('WRITE_REGISTER'), actions: 'device.register' } }
        : {}),
    },
    states: {
      ...restingStates(family),
      ...(program ? { ...runningStates(family), ...heldStates(family) } : {}),
      Aborting: {
        entry: [enter('execution', 'Aborting'), 'device.abort'],
        on: {
          'stop.pressed': { actions: 'device.abort' },
          'device.aborted': { target: 'Aborted' },
          'effect.failed': { guard: when({ failed: ['device.abort'] }), target: 'Aborted', actions: 'doubt' },
        },
      },
    },
  });
}

const runsOver = {
  // Handed over in Execute, but something came between: the run is over.
  'authority.continued': { guard: when({ run: 'running' }), actions: interrupted },
  'program.ended': {
    guard: when({ result: ['complete', 'stopped', 'aborted', 'failed', 'interrupted'] }),
    actions: ['endRun', { type: 'job.tell', params: { event: 'job.ended' } }],
  },
} as const;
