import { hasRole } from '../../caller.ts';
import type { CodedReason } from '../../refusal.ts';
import { factOf, type Qualification } from '../../site/fact.ts';
import { isValid, trainingsOf } from '../../site/rule.ts';
import { type PeopleId, type PersonalFacts, type PersonalRestriction, personalRestriction, type Question } from './restriction.ts';
import { takenReason } from './standing.ts';

/** What a person must be to this machine, and the values that a command may bring. */
export const people: Readonly<Record<PeopleId, PersonalRestriction>> = {
  takeable: personalRestriction(['held-by-other', 'reserved'], { test: mayTake, explain: facts => takenReason(facts) }),
  'own-reservation': personalRestriction(['not-your-reservation'], {
    test: (facts, { caller }) => facts.reservation === null || facts.reservation.id === caller.id || hasRole(caller, 'maintainer'),
    explain: facts => ({
      code: 'not-your-reservation',
      message: `The machine is kept for ${facts.reservation?.name ?? 'somebody else'}.`,
      remedy: { text: 'They or a maintainer give it free.' },
    }),
  }),
  'own-lock': personalRestriction(['no-such-lock', 'not-your-lock'], { test: mayRemove, explain: lockReason }),
  'person-known': personalRestriction(['already-yours', 'person-unknown'], {
    test: (_, question) => question.facts?.person !== null && question.args?.to !== question.caller.id,
    explain: (_, question) =>
      question.args?.to === question.caller.id
        ? { code: 'already-yours', message: 'You are in control already.' }
        : {
            code: 'person-unknown',
            message: 'There is nobody of that name who may operate machines.',
            remedy: { text: 'Choose somebody else.' },
          },
  }),
  booking: personalRestriction(['booked'], {
    test: (facts, question) => bookingReason(facts, question) === null,
    explain: (facts, question) => bookingReason(facts, question) ?? [],
  }),
  qualification: personalRestriction(['training-missing', 'training-unknown', 'needs-supervisor'], {
    test: (facts, question) => trainingReasons(facts, question).length === 0,
    explain: trainingReasons,
  }),
  'temperature-limit': personalRestriction(['no-such-heater', 'too-hot'], {
    test: (facts, { args }) =>
      args === undefined || Number(args.celsius) <= (facts.input.limits?.temperatures?.[String(args.heater)] ?? -1),
    explain: ({ input }, { args }) => {
      const most = input.limits?.temperatures?.[String(args?.heater)];
      return most === undefined
        ? {
            code: 'no-such-heater',
            message: `This machine has no heater ${String(args?.heater)}.`,
            remedy: { text: 'Choose one that it has.' },
          }
        : { code: 'too-hot', message: `At most ${most} °C is allowed here.`, remedy: { text: `Ask for ${most} °C or less.` } };
    },
  }),
  'register-limit': personalRestriction(['no-such-register', 'out-of-range'], {
    test: (facts, { args }) => args === undefined || registerReason(facts, args) === null,
    explain: (facts, { args }) => registerReason(facts, args ?? {}) ?? [],
  }),
};

/** Free, kept for the caller, offered to the caller, or the caller's own. */
function mayTake({ regions, holder, reservation, offer }: PersonalFacts, { caller }: Question): boolean {
  switch (regions.occupancy) {
    case 'free':
      return true;
    case 'reserved':
      return reservation?.id === caller.id;
    case 'offered':
      return offer?.id === caller.id;
    case 'absent':
      return holder?.id === caller.id;
    case 'occupied':
      return false;
  }
}

/** Where nothing is locked there is nothing to own: that is said once, by `locked`. */
function mayRemove({ locks }: PersonalFacts, { caller, args }: Question): boolean {
  if (locks.length === 0) return true;
  const meant = args === undefined ? locks : locks.filter(lock => lock.id === args.lock);
  return meant.some(lock => lock.by === caller.id || hasRole(caller, 'administrator'));
}

function lockReason({ locks }: PersonalFacts, { args }: Question): CodedReason<'no-such-lock' | 'not-your-lock'> {
  const meant = locks.find(lock => args === undefined || lock.id === args.lock);
  if (meant === undefined) return { code: 'no-such-lock', message: 'There is no such lock.' };
  return { code: 'not-your-lock', message: `This lock is of ${meant.byName}.`, remedy: { text: `${meant.byName} removes it.` } };
}

function bookingReason({ site }: PersonalFacts, { caller }: Question): CodedReason<'booked'> | null {
  const booking = factOf(site.facts, { kind: 'booking' });
  if (booking.kind === 'unknown' || booking.current === null || booking.current.id === caller.id) return null;
  const { name, until } = booking.current;
  return {
    code: 'booked',
    message: `This is the booked time of ${name}.`,
    remedy: { text: `Ask ${name}, or wait until it is over.` },
    until,
  };
}

type TrainingCode = 'training-missing' | 'training-unknown' | 'needs-supervisor';

function trainingReasons(facts: PersonalFacts, question: Question): CodedReason<TrainingCode>[] {
  return trainingsOf(facts.site.rules).flatMap(training => {
    const { qualifications } = question.caller;
    if (qualifications === undefined) return [unread(training)];
    const own = qualifications.find(one => one.training === training);
    return own ? heldReasons(own, facts, question) : [missing(training)];
  });
}

function heldReasons(own: Qualification, { site }: PersonalFacts, { caller, at }: Question): CodedReason<TrainingCode>[] {
  if (!isValid(own, at)) return [{ ...missing(own.training), message: `Your training ${own.training} has expired.` }];
  if (own.supervised === 0) return [];
  const supervisors = factOf(site.facts, { kind: 'supervisors', training: own.training });
  const there = supervisors.kind === 'supervisors' && supervisors.present.some(person => person.id !== caller.id);
  if (there) return [];
  const message = `Your next ${own.supervised} uses with the training ${own.training} need somebody beside you who may supervise them.`;
  return [{ code: 'needs-supervisor', message, remedy: { text: 'Ask a supervisor to state that they are here.' } }];
}

function missing(training: string): CodedReason<'training-missing'> {
  return {
    code: 'training-missing',
    message: `This needs the training ${training}; you do not have it.`,
    remedy: { text: `Take the training ${training}; a maintainer notes it.` },
  };
}

function unread(training: string): CodedReason<'training-unknown'> {
  return {
    code: 'training-unknown',
    message: `This needs the training ${training}; it could not be read whether you have it.`,
    remedy: { text: 'Wait until the database answers.' },
  };
}

function registerReason(
  { input }: PersonalFacts,
  args: Readonly<Record<string, unknown>>,
): CodedReason<'no-such-register' | 'out-of-range'> | null {
  const range = input.limits?.registers?.[String(args.register)];
  if (range === undefined) return { code: 'no-such-register', message: `This machine has no register ${String(args.register)}.` };
  const value = Number(args.value);
  if (value >= range.min && value <= range.max) return null;
  return { code: 'out-of-range', message: `The register takes ${range.min} to ${range.max}.`, remedy: { text: 'Choose a value within.' } };
}
