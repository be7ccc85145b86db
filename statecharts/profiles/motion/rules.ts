import { type CommandRule, permitP } from '../../equipment/command-rule.ts';
import { programRules, stricter } from '../../equipment/command-rules.ts';

const byHand = (...more: CommandRule['restrictions']): CommandRule => ({
  permit: 'P',
  hazard: 'motion',
  states: ['Stopped', 'Idle'],
  modes: ['setup.ready'],
  role: 'operator',
  restrictions: [...permitP, 'mode', 'activity', 'device-idle', ...more],
});

/** Rules of the commands that move axes by hand. A jog may pass an open guard, slowly and where the controller allows it. */
export const handRules = {
  HOME: byHand('capability-home'),
  JOG: jogRule(),
  MDI: byHand('capability-mdi'),
} as const;

/** Rules of machines with homed axes that run programs. */
export const motionRules = {
  ...programRules,
  ...handRules,
  START: stricter(programRules.START, ['homed', 'offsets-unchanged', 'modes-reset', 'envelope']),
} as const;

function jogRule(): CommandRule {
  const rule = byHand('capability-jog', 'jog-direction', 'jog-unhomed', 'jog-guard');
  return { ...rule, restrictions: rule.restrictions.map(id => (id === 'safety' ? 'safety-or-guard' : id)) };
}
