import type { Role } from '../caller.ts';
import { motionRules } from '../profiles/motion/rules.ts';
import type { CommandName } from './commands.ts';
import type { Regions } from './context.ts';
import { type ExecutionState, executionStates, statesFor } from './packml.ts';
import type { RestrictionId } from './restrictions/restriction.ts';

/** What a command can do to people: shown beside it and checked by the chart lint. */
export type Hazard = 'none' | 'motion' | 'stops-motion' | 'unlatches';

/**
 * A: never refused for who or when. S: owned, online, safety normal or not observed. P: S, latch released, in control, mode fits.
 * `own`: the rule lists its restrictions itself.
 */
export type Permit = 'A' | 'S' | 'P' | 'own';

/** Everything that is to be known of a command before it is sent. The chart's guards and `decideFor` read the same rule. */
export interface CommandRule {
  readonly permit: Permit;
  readonly hazard: Hazard;
  /** IEC 60204-1 stop category of stop-like commands; the device's own sequence decides between 0 and 1. */
  readonly stopCategory?: '0 or 1' | '1' | '2';
  readonly states: readonly ExecutionState[];
  readonly modes?: readonly Regions['mode'][];
  readonly role?: Role;
  /** Words that the person confirms. */
  readonly confirmation?: string;
  readonly restrictions: readonly RestrictionId[];
}

const any = executionStates;
const atRest: readonly ExecutionState[] = ['Stopped', 'Idle', 'Aborted', 'Complete'];
const between: readonly ExecutionState[] = ['Stopped', 'Idle', 'Complete'];

/** Permit S. */
const permitS: readonly RestrictionId[] = ['journal', 'authority', 'connection', 'safety', 'role', 'state'];
/** Permit P without its mode. */
const permitP: readonly RestrictionId[] = ['journal', 'authority', 'connection', 'safety', 'latch', 'role', 'control', 'state'];

/** The rule of every command. */
export const commandRules: Readonly<Record<CommandName, CommandRule>> = {
  HOLD: { permit: 'A', hazard: 'stops-motion', stopCategory: '2', states: statesFor('HOLD'), restrictions: ['state', 'capability-hold'] },
  STOP: { permit: 'A', hazard: 'stops-motion', stopCategory: '1', states: statesFor('STOP'), restrictions: ['state'] },
  ABORT: { permit: 'A', hazard: 'stops-motion', stopCategory: '0 or 1', states: statesFor('ABORT'), restrictions: ['state'] },
  CLEAR: { permit: 'S', hazard: 'none', states: statesFor('CLEAR'), role: 'operator', restrictions: [...permitS, 'latch'] },
  RESET: { permit: 'S', hazard: 'none', states: statesFor('RESET'), role: 'operator', restrictions: [...permitS, 'activity'] },
  START: {
    permit: 'P',
    hazard: 'motion',
    states: statesFor('START'),
    modes: ['processing'],
    role: 'operator',
    restrictions: [
      ...permitP,
      'mode',
      'capability-program',
      'device-idle',
      'job-loaded',
      'homed',
      'offsets-unchanged',
      'modes-reset',
      'envelope',
      'presence',
    ],
  },
  UNHOLD: {
    permit: 'P',
    hazard: 'motion',
    states: statesFor('UNHOLD'),
    modes: ['processing'],
    role: 'operator',
    restrictions: [...permitP, 'mode', 'presence-after-guard'],
  },
  UNSUSPEND: {
    permit: 'P',
    hazard: 'motion',
    states: statesFor('UNSUSPEND'),
    modes: ['processing'],
    role: 'operator',
    restrictions: [...permitP, 'mode', 'presence-after-guard'],
  },
  COMPLETE: {
    permit: 'P',
    hazard: 'motion',
    states: statesFor('COMPLETE'),
    modes: ['processing'],
    role: 'operator',
    restrictions: [...permitP, 'mode', 'presence-after-guard'],
  },
  SUSPEND: {
    permit: 'own',
    hazard: 'stops-motion',
    stopCategory: '2',
    states: statesFor('SUSPEND'),
    role: 'operator',
    restrictions: ['journal', 'authority', 'role', 'state', 'capability-hold'],
  },
  RELEASE_STOP: {
    permit: 'own',
    hazard: 'unlatches',
    states: any,
    role: 'operator',
    confirmation: 'I am at the machine',
    restrictions: ['journal', 'authority', 'guard-closed', 'role', 'latched'],
  },
  CHECK_IN: { permit: 'own', hazard: 'none', states: any, role: 'operator', restrictions: ['journal', 'authority', 'role', 'free'] },
  CHECK_OUT: {
    permit: 'own',
    hazard: 'stops-motion',
    states: any,
    restrictions: ['journal', 'authority', 'occupied', 'control-or-maintainer'],
  },
  SET_MODE: {
    permit: 'S',
    hazard: 'none',
    states: atRest,
    role: 'operator',
    restrictions: [...permitS, 'activity', 'mode-change', 'mode-role'],
  },
  LOAD_JOB: {
    permit: 'P',
    hazard: 'none',
    states: between,
    role: 'operator',
    restrictions: [...permitP, 'capability-program', 'job-ready'],
  },
  UNLOAD_JOB: { permit: 'P', hazard: 'none', states: between, role: 'operator', restrictions: [...permitP, 'job-present'] },
  OVERRIDE: {
    permit: 'P',
    hazard: 'motion',
    states: ['Execute', 'Held'],
    modes: ['processing'],
    role: 'operator',
    restrictions: [...permitP, 'mode', 'capability-override'],
  },
  ...motionRules,
};
