import { type CommandRule, permitP, permitSite } from '../../equipment/command-rule.ts';
import { stricter } from '../../equipment/command-rules.ts';
import { motionRules } from '../motion/rules.ts';

const arm: CommandRule = {
  permit: 'P',
  hazard: 'beam',
  states: ['Idle', 'Held', 'Suspended'],
  modes: ['processing'],
  role: 'operator',
  restrictions: [...permitP, 'mode', 'capability-laser', ...permitSite, 'presence', 'disarmed'],
};

/** A laser is a machine with homed axes whose beam a person arms, at the machine, for one run. */
export const laserRules = {
  ...motionRules,
  START: stricter(motionRules.START, ['armed']),
  UNHOLD: stricter(motionRules.UNHOLD, ['armed']),
  UNSUSPEND: stricter(motionRules.UNSUSPEND, ['armed']),
  COMPLETE: stricter(motionRules.COMPLETE, ['armed']),
  ARM_LASER: arm,
  DISARM_LASER: {
    permit: 'own',
    hazard: 'none',
    states: ['Idle', 'Held', 'Suspended'],
    restrictions: ['journal', 'authority', 'state', 'armed'],
  },
} as const satisfies Record<string, CommandRule>;
