import { motionPersonal, motionStanding } from '../../profiles/motion/restrictions.ts';
import type { ProfileName } from '../../profiles/profile.ts';
import { ruleOf } from '../../profiles/rules.ts';
import type { Reason } from '../../refusal.ts';
import type { CommandName } from '../commands.ts';
import type { EquipmentContext } from '../context.ts';
import { people } from './people.ts';
import { personal } from './personal.ts';
import {
  type PersonalFacts,
  type PersonalId,
  type PersonalRestriction,
  personalIds,
  type Question,
  type RestrictionId,
  type StandingId,
  type StandingRestriction,
} from './restriction.ts';
import { standing } from './standing.ts';
import { surrounding } from './surrounding.ts';

const everyStanding: Readonly<Record<StandingId, StandingRestriction>> = { ...standing, ...surrounding, ...motionStanding };
const everyPersonal: Readonly<Record<PersonalId, PersonalRestriction>> = { ...personal, ...people, ...motionPersonal };

function isPersonal(id: RestrictionId): id is PersonalId {
  return (personalIds as readonly string[]).includes(id);
}

/** Does the restriction let the command pass? A restriction that throws refuses: guards are total. */
export function passes(id: RestrictionId, facts: EquipmentContext, question: Question): boolean {
  try {
    return isPersonal(id) ? everyPersonal[id].test(facts, question) : everyStanding[id].test(facts, question.type);
  } catch {
    return false;
  }
}

/** The reasons that refuse the command to everybody. */
export function standingReasons(facts: EquipmentContext, command: CommandName): Reason[] {
  const rule = ruleOf(facts.input.profile, command);
  if (rule === null) return [notOffered(command)];
  return rule.restrictions.flatMap(id => (isPersonal(id) ? [] : refusal(id, () => standingReason(id, facts, command))));
}

/** The reasons that refuse the command to this caller with these arguments. */
export function personalReasons(facts: PersonalFacts, question: Question): Reason[] {
  const rule = ruleOf(facts.input.profile, question.type);
  return rule?.restrictions.flatMap(id => (isPersonal(id) ? refusal(id, () => personalReason(id, facts, question)) : [])) ?? [];
}

/**
 * Code of every reason that can refuse the command to a machine of this family, by its restrictions. One that throws gives another,
 * `guard-error`: that is a bug.
 */
export function codesAgainst(profile: ProfileName, command: CommandName): ReadonlySet<string> {
  const rule = ruleOf(profile, command);
  if (rule === null) return new Set([notOffered(command).code]);
  return new Set(rule.restrictions.flatMap(id => (isPersonal(id) ? everyPersonal[id] : everyStanding[id]).codes));
}

/** What this kind of machine does not have at all. */
export function notOffered(command: CommandName): Reason {
  return { code: 'not-capable', message: `This kind of machine has no ${command}.` };
}

type Found = Reason | readonly Reason[] | null;

function standingReason(id: StandingId, facts: EquipmentContext, command: CommandName): Found {
  return everyStanding[id].test(facts, command) ? null : everyStanding[id].explain(facts, command);
}

function personalReason(id: PersonalId, facts: PersonalFacts, question: Question): Found {
  return everyPersonal[id].test(facts, question) ? null : everyPersonal[id].explain(facts, question);
}

function refusal(id: RestrictionId, find: () => Found): readonly Reason[] {
  try {
    const found = find();
    return found === null ? [] : Array.isArray(found) ? found : [found as Reason];
  } catch {
    return [{ code: 'guard-error', message: `The rule ${id} could not be evaluated; the command is refused.` }];
  }
}
