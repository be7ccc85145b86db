import type { Caller } from '../../caller.ts';
import type { CodedReason, Reason } from '../../refusal.ts';
import type { SiteState } from '../../site/rule.ts';
import type { CommandName } from '../commands.ts';
import type { EquipmentContext, EquipmentInput, Holder, Lock, Promised, Regions } from '../context.ts';
import type { CommandFacts } from '../events.ts';
import type { Capability } from '../reports.ts';

/** What is true for every caller: read from the equipment's facts alone. */
export const standingIds = [
  'journal',
  'authority',
  'connection',
  'disconnected',
  'not-disconnected',
  'link-spare',
  'switched-off',
  'safety',
  'safety-or-guard',
  'guard-closed',
  'chain-released',
  'reset-required',
  'interlocks',
  'in-service',
  'locked',
  'unlocked',
  'out-of-service',
  'not-out-of-service',
  'alarm-active',
  'reserved',
  'not-absent',
  'site',
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
  'capability-laser',
  'capability-temperature',
  'capability-register',
  'capability-switch',
  'armed',
  'disarmed',
  'heat-known',
  'output-on',
  'output-off',
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
/** Those about what surrounds the machine: its site, its service, its chain, and what one family adds. */
export type SurroundingId = Extract<
  StandingId,
  | 'disconnected'
  | 'not-disconnected'
  | 'link-spare'
  | 'switched-off'
  | 'chain-released'
  | 'reset-required'
  | 'interlocks'
  | 'in-service'
  | 'locked'
  | 'unlocked'
  | 'out-of-service'
  | 'not-out-of-service'
  | 'alarm-active'
  | 'reserved'
  | 'not-absent'
  | 'site'
  | 'armed'
  | 'disarmed'
  | 'heat-known'
  | 'output-on'
  | 'output-off'
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
  'takeable',
  'own-reservation',
  'own-lock',
  'person-known',
  'booking',
  'qualification',
  'jog-direction',
  'jog-unhomed',
  'jog-guard',
  'temperature-limit',
  'register-limit',
] as const;
export type PersonalId = (typeof personalIds)[number];

export type RestrictionId = StandingId | PersonalId;

export type MotionPersonalId = Extract<PersonalId, 'jog-direction' | 'jog-unhomed' | 'jog-guard'>;
/** Those about people and about the values that a command brings. */
export type PeopleId = Extract<
  PersonalId,
  'takeable' | 'own-reservation' | 'own-lock' | 'person-known' | 'booking' | 'qualification' | 'temperature-limit' | 'register-limit'
>;

/** Who asks for what; a command event is one. Without `args` or `facts` the restrictions that read them do not refuse. */
export interface Question {
  readonly type: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly caller: Pick<Caller, 'id' | 'role' | 'presence' | 'qualifications'>;
  readonly at: number;
  readonly facts?: CommandFacts;
}

/** The part of the facts that personal restrictions read; a status document carries it too. */
export interface PersonalFacts {
  readonly input: Pick<EquipmentInput, 'id' | 'profile' | 'limits'>;
  readonly regions: Pick<Regions, 'mode' | 'safety' | 'occupancy'>;
  readonly holder: Holder | null;
  readonly reservation: Promised | null;
  readonly offer: Promised | null;
  readonly locks: readonly Lock[];
  readonly site: SiteState;
  readonly capabilities: readonly Capability[];
  readonly guardOpened: boolean;
  readonly homed: boolean;
}

/** A rule that can refuse: pure, total, and able to say why and what to do. */
export interface StandingRestriction {
  /** Of every reason that it can give. */
  readonly codes: readonly string[];
  test(facts: EquipmentContext, command: CommandName): boolean;
  explain(facts: EquipmentContext, command: CommandName): Reason | readonly Reason[];
}
export interface PersonalRestriction {
  /** Of every reason that it can give. */
  readonly codes: readonly string[];
  test(facts: PersonalFacts, question: Question): boolean;
  explain(facts: PersonalFacts, question: Question): Reason | readonly Reason[];
}

type Explained<Code extends string> = CodedReason<Code> | readonly CodedReason<Code>[];
interface Standing<Code extends string> extends Pick<StandingRestriction, 'test'> {
  explain(facts: EquipmentContext, command: CommandName): Explained<Code>;
}
interface Personal<Code extends string> extends Pick<PersonalRestriction, 'test'> {
  explain(facts: PersonalFacts, question: Question): Explained<Code>;
}

/** A restriction whose reasons have these codes and no other: the compiler sees to it. */
export function standingRestriction<Code extends string>(codes: readonly Code[], rule: Standing<NoInfer<Code>>): StandingRestriction {
  return { codes, ...rule };
}

export function personalRestriction<Code extends string>(codes: readonly Code[], rule: Personal<NoInfer<Code>>): PersonalRestriction {
  return { codes, ...rule };
}
