import { type CommandRule, permitP, permitSite } from '../../equipment/command-rule.ts';
import { programRules } from '../../equipment/command-rules.ts';

/** Rules of equipment behind a PLC: it runs recipes of its own, and takes values within the limits of each register. */
export const processRules = {
  ...programRules,
  WRITE_REGISTER: {
    permit: 'P',
    hazard: 'energises',
    states: ['Stopped', 'Idle', 'Execute', 'Held', 'Suspended', 'Complete'],
    role: 'operator',
    restrictions: [...permitP, 'capability-register', ...permitSite, 'register-limit'],
  },
} as const satisfies Record<string, CommandRule>;
