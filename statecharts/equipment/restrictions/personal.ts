import { hasRole, type Role } from '../../caller.ts';
import { ruleOf } from '../../profiles/rules.ts';
import type { CodedReason } from '../../refusal.ts';
import {
  type MotionPersonalId,
  type PeopleId,
  type PersonalFacts,
  type PersonalId,
  type PersonalRestriction,
  personalRestriction,
  type Question,
} from './restriction.ts';
import { heldReason } from './standing.ts';

/** What the caller must bring to any equipment; jogging's arguments are the motion profile's. */
export const personal: Readonly<Record<Exclude<PersonalId, MotionPersonalId | PeopleId>, PersonalRestriction>> = {
  role: personalRestriction(['role'], {
    test: (facts, question) => hasRole(question.caller, neededRole(facts, question)),
    explain: (facts, question) => roleReason(neededRole(facts, question), question),
  }),
  control: personalRestriction(['not-in-control', 'held-by-other'], { test: holds, explain: facts => controlReason(facts) }),
  // That nobody is in control is said once, by `occupied`.
  'control-or-maintainer': personalRestriction(['held-by-other'], {
    test: (facts, question) => facts.holder === null || holds(facts, question) || hasRole(question.caller, 'maintainer'),
    explain: facts => heldReason(facts.holder?.name ?? 'somebody'),
  }),
  presence: personalRestriction(['needs-presence'], { test: isPresent, explain: presenceReason }),
  'presence-after-guard': personalRestriction(['needs-presence'], {
    test: (facts, question) => !facts.guardOpened || isPresent(facts, question),
    explain: presenceReason,
  }),
  'mode-change': personalRestriction(['mode-unchanged'], {
    test: (facts, question) => modeOf(question) !== facts.regions.mode.split('.')[0],
    explain: (_, question) => ({ code: 'mode-unchanged', message: `The machine is in ${modeOf(question)} mode already.` }),
  }),
  'mode-role': personalRestriction(['role'], {
    test: (_, question) => modeOf(question) !== 'maintenance' || hasRole(question.caller, 'maintainer'),
    explain: (_, question) => roleReason('maintainer', question),
  }),
  'job-ready': personalRestriction(['job-not-ready'], {
    test: (_, question) => question.facts?.job !== null,
    explain: (_, question) => ({
      code: 'job-not-ready',
      message: `The job ${String(question.args?.job ?? '')} is not ready for this machine.`,
      remedy: { text: 'Choose a job whose check has passed, or make a new one from the file.' },
    }),
  }),
};

function neededRole({ input }: PersonalFacts, question: Question): Role {
  return ruleOf(input.profile, question.type)?.role ?? 'viewer';
}

function roleReason(needed: Role, question: Question): CodedReason<'role'> {
  return {
    code: 'role',
    message: `This needs the role ${needed}; you are ${question.caller.role}.`,
    remedy: { text: `Ask somebody who is ${needed}.` },
  };
}

function holds(facts: PersonalFacts, question: Question): boolean {
  return facts.holder !== null && facts.holder.id === question.caller.id;
}

function controlReason(facts: PersonalFacts): CodedReason<'not-in-control' | 'held-by-other'> {
  if (facts.holder === null) {
    return {
      code: 'not-in-control',
      message: 'Nobody holds control of this machine.',
      remedy: { text: 'Take control.', command: 'CHECK_IN' },
    };
  }
  return heldReason(facts.holder.name);
}

function isPresent(facts: PersonalFacts, question: Question): boolean {
  const { presence } = question.caller;
  return presence !== undefined && presence.equipment === facts.input.id && presence.until > question.at;
}

function presenceReason(): CodedReason<'needs-presence'> {
  return {
    code: 'needs-presence',
    message: 'Somebody at the machine must do this.',
    remedy: { text: 'State that you are at the machine.' },
  };
}

function modeOf(question: Question): unknown {
  return question.args?.mode;
}
