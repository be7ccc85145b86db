import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';
import { alarming, resting } from './execution-parts.ts';

const raise = { target: '.active', actions: 'raiseAlarm' } as const;
const unconfirmed = {
  code: 'hold-not-confirmed',
  text: 'The machine has not confirmed the hold within 5 s. Use the stop.',
  priority: 1,
} as const;
const dropUnconfirmed = { type: 'dropAlarm', params: { code: unconfirmed.code } } as const;
const confirmed = { condition: resting, alarm: unconfirmed.code } as const;

/** Which alarms stand, and whether somebody has seen them [EQ57] (after ISA-18.2). CLEAR ends them: whoever clears has seen them. */
export function alarms({ profile, permitted }: Family) {
  const cleared = { CLEAR: { ...permitted('CLEAR'), target: 'none', actions: 'clearAlarms' } } as const;
  const came = {
    'device.condition': [
      { guard: when({ ...confirmed, lone: true }), target: 'none', actions: dropUnconfirmed },
      { guard: when(confirmed), actions: dropUnconfirmed },
    ],
  } as const;
  const held = profile.program ? came : {};
  const notHeld = when({ timer: 'hold-confirm', execution: ['Holding', 'Suspending'], unknown: resting });
  const late = { 'timer.fired': { guard: notHeld, target: '.active', actions: { type: 'raiseFault', params: unconfirmed } } } as const;
  return equipmentSetup.createStateConfig({
    initial: 'none',
    on: {
      'device.alarm': raise,
      'device.reset': { guard: when({ unasked: true }), ...raise },
      'device.identity.changed': raise,
      'device.chain': [
        { guard: when({ inputs: 'estop' }), ...raise },
        { guard: when({ inputs: 'protectiveStop' }), ...raise },
      ],
      'effect.failed': { guard: when({ failed: alarming }), ...raise },
      ...(profile.program ? late : {}),
    },
    states: {
      none: { entry: enter('alarms', 'none') },
      active: {
        entry: enter('alarms', 'active'),
        on: { ...cleared, ...held, ACK_ALARM: { ...permitted('ACK_ALARM'), target: 'acknowledged', actions: 'acknowledge' } },
      },
      acknowledged: { entry: enter('alarms', 'acknowledged'), on: { ...cleared, ...held } },
    },
  });
}
