import { type CommandRule, type CommandRules, permitP, permitS, permitSite } from './command-rule.ts';
import { type ExecutionState, executionStates, statesFor } from './packml.ts';

const anyState = executionStates;
const atRest: readonly ExecutionState[] = ['Stopped', 'Idle', 'Aborted', 'Complete'];
const between: readonly ExecutionState[] = ['Stopped', 'Idle', 'Complete'];
const owned = ['journal', 'authority'] as const;

/** The rules that every equipment has. */
export const commonRules = {
  ABORT: { permit: 'A', hazard: 'stops-motion', stopCategory: '0 or 1', states: statesFor('ABORT'), restrictions: ['state'] },
  CLEAR: { permit: 'S', hazard: 'none', states: statesFor('CLEAR'), role: 'operator', restrictions: [...permitS, 'latch'] },
  RESET: { permit: 'S', hazard: 'none', states: statesFor('RESET'), role: 'operator', restrictions: [...permitS, 'activity'] },
  RELEASE_STOP: {
    permit: 'own',
    hazard: 'unlatches',
    states: anyState,
    role: 'operator',
    confirmation: 'I am at the machine',
    restrictions: [...owned, 'guard-closed', 'chain-released', 'role', 'latched'],
  },
  DISCONNECT: {
    permit: 'own',
    hazard: 'none',
    states: atRest,
    role: 'operator',
    restrictions: [...owned, 'role', 'control-or-maintainer', 'not-disconnected', 'state', 'activity', 'link-spare'],
  },
  CONNECT: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'operator',
    restrictions: [...owned, 'role', 'control-or-maintainer', 'disconnected'],
  },
  SET_MODE: {
    permit: 'S',
    hazard: 'none',
    states: atRest,
    role: 'operator',
    restrictions: [...permitS, 'activity', 'mode-change', 'mode-role'],
  },
  CHECK_IN: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'operator',
    restrictions: [...owned, 'in-service', 'role', 'takeable', 'booking'],
  },
  CHECK_OUT: { permit: 'own', hazard: 'stops-motion', states: anyState, restrictions: [...owned, 'occupied', 'control-or-maintainer'] },
  RESERVE: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'operator',
    restrictions: [...owned, 'in-service', 'role', 'free', 'booking'],
  },
  CANCEL_RESERVATION: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'operator',
    restrictions: [...owned, 'role', 'reserved', 'own-reservation'],
  },
  HAND_OVER: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'operator',
    restrictions: [...owned, 'role', 'control', 'not-absent', 'person-known'],
  },
  LOCK_OUT: {
    permit: 'own',
    hazard: 'stops-motion',
    stopCategory: '0 or 1',
    states: anyState,
    role: 'maintainer',
    restrictions: [...owned, 'role', 'not-out-of-service'],
  },
  REMOVE_LOCK: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'maintainer',
    restrictions: [...owned, 'role', 'locked', 'own-lock'],
  },
  TAKE_OUT_OF_SERVICE: {
    permit: 'own',
    hazard: 'none',
    states: atRest,
    role: 'maintainer',
    restrictions: [...owned, 'role', 'state', 'activity', 'unlocked', 'not-out-of-service'],
  },
  RETURN_TO_SERVICE: {
    permit: 'own',
    hazard: 'none',
    states: anyState,
    role: 'maintainer',
    restrictions: [...owned, 'role', 'out-of-service'],
  },
  ACK_ALARM: { permit: 'own', hazard: 'none', states: anyState, role: 'operator', restrictions: [...owned, 'role', 'alarm-active'] },
  SAFETY_RESET_OBSERVED: {
    permit: 'own',
    hazard: 'unlatches',
    states: anyState,
    role: 'operator',
    confirmation: 'I have seen the reset',
    restrictions: [...owned, 'role', 'presence', 'reset-required'],
  },
} as const satisfies CommandRules;

/** What the state and mode of a running program ask of whoever goes on with it. */
const goOn = (states: CommandRule['states']): CommandRule => ({
  permit: 'P',
  hazard: 'motion',
  states,
  modes: ['processing'],
  role: 'operator',
  restrictions: [...permitP, 'mode', ...permitSite, 'presence-after-guard'],
});

/** The rules of whatever runs programs. A family adds to START what its machines need. */
export const programRules = {
  HOLD: { permit: 'A', hazard: 'stops-motion', stopCategory: '2', states: statesFor('HOLD'), restrictions: ['state', 'capability-hold'] },
  STOP: { permit: 'A', hazard: 'stops-motion', stopCategory: '1', states: statesFor('STOP'), restrictions: ['state'] },
  START: {
    permit: 'P',
    hazard: 'motion',
    states: statesFor('START'),
    modes: ['processing'],
    role: 'operator',
    restrictions: [...permitP, 'mode', 'capability-program', 'device-idle', 'job-loaded', ...permitSite, 'presence'],
  },
  UNHOLD: goOn(statesFor('UNHOLD')),
  UNSUSPEND: goOn(statesFor('UNSUSPEND')),
  COMPLETE: goOn(statesFor('COMPLETE')),
  SUSPEND: {
    permit: 'own',
    hazard: 'stops-motion',
    stopCategory: '2',
    states: statesFor('SUSPEND'),
    role: 'operator',
    restrictions: [...owned, 'role', 'state', 'capability-hold'],
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
} as const satisfies CommandRules;

/** The rule with more restrictions. */
export function stricter(rule: CommandRule, more: CommandRule['restrictions']): CommandRule {
  return { ...rule, restrictions: [...rule.restrictions, ...more] };
}
