import type { CommandRule } from '../../equipment/command-rules.ts';
import type { RestrictionId } from '../../equipment/restrictions/restriction.ts';

const states = ['Stopped', 'Idle'] as const;
const modes = ['setup.ready'] as const;
const permit: readonly RestrictionId[] = [
  'journal',
  'authority',
  'connection',
  'safety',
  'latch',
  'role',
  'control',
  'state',
  'mode',
  'activity',
  'device-idle',
];

/** Rules of the commands that machines with homed axes add. */
export const motionRules: Readonly<Record<'HOME' | 'JOG' | 'MDI', CommandRule>> = {
  HOME: { permit: 'P', hazard: 'motion', states, modes, role: 'operator', restrictions: [...permit, 'capability-home'] },
  JOG: {
    permit: 'P',
    hazard: 'motion',
    states,
    modes,
    role: 'operator',
    restrictions: [...permit, 'capability-jog', 'jog-direction', 'jog-unhomed'],
  },
  MDI: { permit: 'P', hazard: 'motion', states, modes, role: 'operator', restrictions: [...permit, 'capability-mdi'] },
};
