import { type CommandRule, permitP } from '../../equipment/command-rule.ts';
import { commonRules, programRules, stricter } from '../../equipment/command-rules.ts';
import { handRules } from '../motion/rules.ts';

/** Rules of printers: they home by themselves at the start of a program, and heat. */
export const printerRules = {
  ...programRules,
  ...handRules,
  DISCONNECT: stricter(commonRules.DISCONNECT, ['switched-off']),
  SET_TEMPERATURE: {
    permit: 'P',
    hazard: 'heat',
    states: ['Stopped', 'Idle', 'Execute', 'Held', 'Suspended', 'Complete'],
    role: 'operator',
    restrictions: [...permitP, 'capability-temperature', 'heat-known', 'temperature-limit'],
  },
} as const satisfies Record<string, CommandRule>;
