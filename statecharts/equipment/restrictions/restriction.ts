import type { Caller } from '../../caller.ts';
import type { Reason } from '../../refusal.ts';
import type { CommandName } from '../commands.ts';
import type { EquipmentContext, Holder, Regions } from '../context.ts';
import type { CommandFacts } from '../events.ts';

/** What is true for every caller: read from the equipment's facts alone. */
export const standingIds = [
  'journal',
  'authority',
  'connection',
  'safety',
  'guard-closed',
  'latch',
  'latched',
  'state',
  'mode',
  'activity',
  'device-idle',
  'free',
  'occupied',
  'capability-program',
  'capability-hold',
  'capability-home',
  'capability-jog',
  'capability-mdi',
  'capability-override',
  'job-loaded',
  'job-present',
  'homed',
  'offsets-unchanged',
  'modes-reset',
  'envelope',
] as const;
export type StandingId = (typeof standingIds)[number];
/** Those of machines with homed axes. */
export type MotionStandingId = Extract<
  StandingId,
  'job-loaded' | 'job-present' | 'homed' | 'offsets-unchanged' | 'modes-reset' | 'envelope'
>;

/** What the caller must bring, and what the arguments must say. */
export const personalIds = [
  'role',
  'control',
  'control-or-maintainer',
  'presence',
  'presence-after-guard',
  'mode-change',
  'mode-role',
  'job-ready',
  'jog-direction',
  'jog-unhomed',
] as const;
export type PersonalId = (typeof personalIds)[number];

export type RestrictionId = StandingId | PersonalId;

/** Who asks for what; a command event is one. Without `args` or `facts` the restrictions that read them do not refuse. */
export interface Question {
  readonly type: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly caller: Pick<Caller, 'id' | 'role' | 'presence'>;
  readonly at: number;
  readonly facts?: CommandFacts;
}

/** The part of the facts that personal restrictions read; a status document carries it too. */
export interface PersonalFacts {
  readonly input: { readonly id: string };
  readonly regions: Pick<Regions, 'mode'>;
  readonly holder: Holder | null;
  readonly guardOpened: boolean;
  readonly homed: boolean;
}

/** A rule that can refuse: pure, total, and able to say why and what to do. */
export interface StandingRestriction {
  test(facts: EquipmentContext, command: CommandName): boolean;
  explain(facts: EquipmentContext, command: CommandName): Reason;
}
export interface PersonalRestriction {
  test(facts: PersonalFacts, question: Question): boolean;
  explain(facts: PersonalFacts, question: Question): Reason;
}
