import { motionPersonal, motionStanding } from '../../profiles/motion/restrictions.ts';
import type { Reason } from '../../refusal.ts';
import { commandRules } from '../command-rules.ts';
import type { CommandName } from '../commands.ts';
import type { EquipmentContext } from '../context.ts';
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

const everyStanding: Readonly<Record<StandingId, StandingRestriction>> = { ...standing, ...motionStanding };
const everyPersonal: Readonly<Record<PersonalId, PersonalRestriction>> = { ...personal, ...motionPersonal };

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
  return commandRules[command].restrictions.flatMap(id => (isPersonal(id) ? [] : refusal(id, () => standingReason(id, facts, command))));
}

/** The reasons that refuse the command to this caller with these arguments. */
export function personalReasons(facts: PersonalFacts, question: Question): Reason[] {
  return commandRules[question.type].restrictions.flatMap(id =>
    isPersonal(id) ? refusal(id, () => personalReason(id, facts, question)) : [],
  );
}

function standingReason(id: StandingId, facts: EquipmentContext, command: CommandName): Reason | null {
  return everyStanding[id].test(facts, command) ? null : everyStanding[id].explain(facts, command);
}

function personalReason(id: PersonalId, facts: PersonalFacts, question: Question): Reason | null {
  return everyPersonal[id].test(facts, question) ? null : everyPersonal[id].explain(facts, question);
}

function refusal(id: RestrictionId, find: () => Reason | null): Reason[] {
  try {
    const reason = find();
    return reason ? [reason] : [];
  } catch {
    return [{ code: 'guard-error', message: `The rule ${id} could not be evaluated; the command is refused.` }];
  }
}
