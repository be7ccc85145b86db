import { type CommandRule, permitP, permitSite } from '../../equipment/command-rule.ts';
import { commonRules, stricter } from '../../equipment/command-rules.ts';

/** Rules of a thing that is on or off. Switching off asks for nobody's control: what depends on it follows its own rules. */
export const switchRules = {
  DISCONNECT: stricter(commonRules.DISCONNECT, ['switched-off']),
  SWITCH_ON: {
    permit: 'P',
    hazard: 'energises',
    states: ['Stopped', 'Idle'],
    role: 'operator',
    restrictions: [...permitP, 'capability-switch', ...permitSite, 'output-off'],
  },
  SWITCH_OFF: {
    permit: 'own',
    hazard: 'none',
    states: ['Stopped', 'Idle'],
    role: 'operator',
    restrictions: ['journal', 'authority', 'connection', 'role', 'state', 'capability-switch', 'output-on'],
  },
} as const satisfies Record<string, CommandRule>;
