import type { Family } from '../../equipment/family.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter, when } from '../../equipment/transitions.ts';

const door = ['door-open', 'door-opening', 'alarm'] as const;
/** Whatever takes the machine to Aborted, or takes it from us, ends the motion by hand in the same step. */
const ended = { target: 'ready' } as const;
const endingsOf = ({ permitted }: Family) =>
  ({
    ABORT: { ...permitted('ABORT'), ...ended },
    STOP: { ...permitted('STOP'), ...ended },
    LOCK_OUT: { ...permitted('LOCK_OUT'), ...ended },
    'stop.pressed': ended,
    'device.alarm': ended,
    'device.reset': { guard: when({ unasked: true }), ...ended },
    'device.condition': { guard: when({ condition: door }), ...ended },
    'device.chain': { guard: when({ inputs: 'lost' }), ...ended },
    'device.identity.changed': ended,
    'device.synced': ended,
    'link.up': ended,
    'link.lost': ended,
    'link.silent': ended,
    'authority.acquired': ended,
    'authority.lost': ended,
  }) as const;

/** Setup mode of a machine with homed axes [EQ61]: ready, or exactly one motion by hand at a time. */
export function setupMode(family: Family) {
  const { permitted } = family;
  const endings = endingsOf(family);
  return equipmentSetup.createStateConfig({
    initial: 'ready',
    states: {
      ready: {
        entry: enter('mode', 'setup.ready'),
        on: {
          HOME: { ...permitted('HOME'), target: 'homing', actions: ['losePosition', 'device.home'] },
          JOG: { ...permitted('JOG'), target: 'jogging', actions: 'device.jog' },
          MDI: { ...permitted('MDI'), target: 'mdi', actions: 'device.mdi' },
        },
      },
      homing: {
        entry: enter('mode', 'setup.homing'),
        on: { ...endings, 'device.homed': ended, 'effect.failed': { guard: when({ failed: ['device.home'] }), ...ended } },
      },
      jogging: {
        entry: enter('mode', 'setup.jogging'),
        on: {
          ...endings,
          'jog.ended': ended,
          'effect.failed': { guard: when({ failed: ['device.jog'] }), ...ended },
          /** Whoever gives up control lets go of the machine. */
          CHECK_OUT: { ...permitted('CHECK_OUT'), actions: 'device.jog.cancel' },
        },
      },
      mdi: {
        entry: enter('mode', 'setup.mdi'),
        on: { ...endings, 'mdi.answered': ended, 'effect.failed': { guard: when({ failed: ['device.mdi'] }), ...ended } },
      },
    },
  });
}
