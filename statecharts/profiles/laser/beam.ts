import type { Family } from '../../equipment/family.ts';
import { alarming } from '../../equipment/regions/execution-parts.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter, timer, when } from '../../equipment/transitions.ts';

const out = { target: 'disarmed' } as const;
const ajar = ['door-open', 'door-opening', 'alarm'] as const;

/**
 * May a program switch the beam on [EQ121]? A person at the machine arms it for one run; whatever opens the guard, stops the machine or
 * loses sight of it disarms it, and only a person arms it again.
 */
export function beam({ permitted }: Family) {
  const endings = {
    'stop.pressed': out,
    ABORT: { ...permitted('ABORT'), ...out },
    STOP: { ...permitted('STOP'), ...out },
    LOCK_OUT: { ...permitted('LOCK_OUT'), ...out },
    DISCONNECT: { ...permitted('DISCONNECT'), ...out },
    CHECK_OUT: { ...permitted('CHECK_OUT'), ...out },
    'device.condition': { guard: when({ condition: ajar }), ...out },
    'device.synced': out,
    'device.chain': [
      { guard: when({ inputs: 'lost' }), ...out },
      { guard: when({ supplyLost: true }), ...out },
    ],
    'device.alarm': out,
    'device.reset': { guard: when({ unasked: true }), ...out },
    'effect.failed': { guard: when({ failed: alarming }), ...out },
    'device.identity.changed': out,
    'link.up': out,
    'link.lost': out,
    'link.silent': out,
    'authority.acquired': out,
    'authority.lost': out,
    'program.ended': out,
    'site.changed': { guard: when({ siteLoss: 'stop' }), ...out },
  } as const;
  return equipmentSetup.createStateConfig({
    initial: 'disarmed',
    states: {
      disarmed: {
        entry: enter('beam', 'disarmed'),
        on: { ARM_LASER: { ...permitted('ARM_LASER'), target: 'armed' } },
      },
      armed: {
        entry: [enter('beam', 'armed'), timer.start('laser-arm')],
        exit: timer.cancel('laser-arm'),
        on: {
          ...endings,
          DISARM_LASER: { ...permitted('DISARM_LASER'), ...out },
          'timer.fired': { guard: when({ timer: 'laser-arm' }), ...out },
          START: { ...permitted('START'), target: 'firing' },
          UNHOLD: { ...permitted('UNHOLD'), target: 'firing' },
          UNSUSPEND: { ...permitted('UNSUSPEND'), target: 'firing' },
          COMPLETE: { ...permitted('COMPLETE'), target: 'firing' },
        },
      },
      firing: {
        entry: enter('beam', 'firing'),
        on: { ...endings, DISARM_LASER: { ...permitted('DISARM_LASER'), ...out } },
      },
    },
  });
}
