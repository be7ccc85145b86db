import type { Role } from '../caller.ts';
import type { CommandName } from './commands.ts';
import type { Regions } from './context.ts';
import type { ExecutionState } from './packml.ts';
import type { RestrictionId } from './restrictions/restriction.ts';

/** What a command can do to people: shown beside it and checked by the chart lint. */
export type Hazard = 'none' | 'motion' | 'heat' | 'beam' | 'energises' | 'stops-motion' | 'unlatches';

/**
 * A: never refused for who or when. S: owned, online, safety normal or not observed. P: S, latch released, in control, in service, mode
 * fits, every rule of the site kept. `own`: the rule lists its restrictions itself.
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

/** The rules of one family: exactly the commands that it has. */
export type CommandRules = Partial<Readonly<Record<CommandName, CommandRule>>>;

/** Permit S. */
export const permitS: readonly RestrictionId[] = ['journal', 'authority', 'connection', 'safety', 'role', 'state'];
/** Permit P without its mode and without what a program needs of its site. */
export const permitP: readonly RestrictionId[] = [
  'journal',
  'authority',
  'connection',
  'safety',
  'latch',
  'in-service',
  'role',
  'control',
  'state',
];
/** What the site asks of whoever lets a machine work: its rules, trainings and bookings, and what feeds the machine. */
export const permitSite: readonly RestrictionId[] = ['interlocks', 'site', 'booking', 'qualification'];
