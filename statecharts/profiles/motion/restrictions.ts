import type { EquipmentContext } from '../../equipment/context.ts';
import type { Axes, Envelope } from '../../equipment/reports.ts';
import {
  type MotionPersonalId,
  type MotionStandingId,
  type PersonalFacts,
  type PersonalRestriction,
  personalRestriction,
  type Question,
  type StandingRestriction,
  standingRestriction,
} from '../../equipment/restrictions/restriction.ts';
import type { CodedReason } from '../../refusal.ts';
import { modesReason } from './modes.ts';

/** mm; what a controller rounds when it prints an offset. */
const sameOffset = 0.001;
/** mm/min for a machine that does not know where it is: slow enough to let go before anything bends. */
const unhomedFeed = 300;
/** mm/min beside an open guard (after the reduced speed of ISO 16090-1's setting mode, 2 m/min, and slower). */
const guardedFeed = 300;
const axisNames = ['x', 'y', 'z'] as const;

/** What a program needs of a machine with homed axes. */
export const motionStanding: Readonly<Record<MotionStandingId, StandingRestriction>> = {
  'job-loaded': standingRestriction(['no-job', 'job-ended'], {
    test: facts => facts.job !== null && facts.run?.job !== facts.job.id,
    explain: facts =>
      facts.job === null
        ? { code: 'no-job', message: 'No job is loaded.', remedy: { text: 'Load a job.', command: 'LOAD_JOB' } }
        : {
            code: 'job-ended',
            message: `The job ${facts.job.name} has had its run.`,
            remedy: { text: 'Make a new job from the file and load it.', command: 'LOAD_JOB' },
          },
  }),
  'job-present': standingRestriction(['no-job'], {
    test: facts => facts.job !== null,
    explain: () => ({ code: 'no-job', message: 'No job is loaded.', remedy: { text: 'Load a job.', command: 'LOAD_JOB' } }),
  }),
  homed: standingRestriction(['not-homed'], {
    test: facts => facts.homed || !facts.input.needsHoming,
    explain: ({ capabilities }) => ({
      code: 'not-homed',
      message: 'The machine does not know where it is.',
      remedy: homingOf(capabilities),
    }),
  }),
  'offsets-unchanged': standingRestriction(['offsets-changed'], {
    test: facts => facts.job === null || unchanged(facts.job.offsets, facts.offsets),
    explain: () => ({
      code: 'offsets-changed',
      message: 'The work offsets have changed since the program was checked.',
      remedy: { text: 'Make a new job from the file: it is checked again.', command: 'LOAD_JOB' },
    }),
  }),
  'modes-reset': standingRestriction(['modes-unknown', 'modes-changed'], {
    test: facts => facts.modesChanged?.length === 0,
    explain: facts => modesReason(facts.modesChanged),
  }),
  envelope: standingRestriction(['envelope-unknown', 'outside-envelope'], {
    test: facts => facts.job?.bounds == null || (facts.envelope !== null && within(facts.job.bounds, facts.envelope)),
    explain: facts => envelopeReason(facts),
  }),
};

/** What a jog must say. */
export const motionPersonal: Readonly<Record<MotionPersonalId, PersonalRestriction>> = {
  'jog-direction': personalRestriction(['no-direction'], {
    test: (_, question) => question.args === undefined || axesMoved(question) > 0,
    explain: () => ({ code: 'no-direction', message: 'The jog names no direction.', remedy: { text: 'Choose an axis.' } }),
  }),
  'jog-unhomed': personalRestriction(['not-homed'], {
    test: (facts, question) => facts.homed || question.args === undefined || (axesMoved(question) <= 1 && feedOf(question) <= unhomedFeed),
    explain: () => ({
      code: 'not-homed',
      message: `The machine is not homed: it jogs one axis at a time, at most ${unhomedFeed} mm/min.`,
      remedy: { text: 'Jog slowly, or home the machine.', command: 'HOME' },
    }),
  }),
  'jog-guard': personalRestriction(['guard-open'], {
    test: (facts, question) =>
      facts.regions.safety !== 'guardOpen' || (passesGuard(facts) && (question.args === undefined || feedOf(question) <= guardedFeed)),
    explain: facts =>
      passesGuard(facts)
        ? {
            code: 'guard-open',
            message: `The door is open: the machine jogs at most ${guardedFeed} mm/min.`,
            remedy: { text: 'Jog slowly, or close the door.' },
          }
        : { code: 'guard-open', message: 'The door is open.', remedy: { text: 'Close the door.' } },
  }),
};

/** The controller itself lets a slow jog pass with the guard open, spindle and beam off. */
function passesGuard({ capabilities }: PersonalFacts): boolean {
  return capabilities.some(item => item.name === 'jog-guarded' && item.absent === undefined);
}

function unchanged(checked: Readonly<Record<string, Axes>>, now: Readonly<Record<string, Axes>>): boolean {
  return Object.entries(checked).every(([name, offset]) => {
    const current = now[name];
    return current !== undefined && axisNames.every(axis => Math.abs(current[axis] - offset[axis]) <= sameOffset);
  });
}

function within(bounds: Envelope, envelope: Envelope): boolean {
  return axisNames.every(
    axis => bounds.min[axis] >= envelope.min[axis] - sameOffset && bounds.max[axis] <= envelope.max[axis] + sameOffset,
  );
}

function envelopeReason(facts: EquipmentContext): CodedReason<'envelope-unknown' | 'outside-envelope'> {
  return facts.envelope === null
    ? {
        code: 'envelope-unknown',
        message: 'The machine has not told its travel.',
        remedy: { text: 'Connect it, or set its travel in the controller.' },
      }
    : {
        code: 'outside-envelope',
        message: 'The program leaves the travel of the machine.',
        remedy: { text: 'Move the work offset and make a new job from the file, or change the program.' },
      };
}

/** What to do about it: home it, or first what its controller needs for that. */
function homingOf(capabilities: EquipmentContext['capabilities']): NonNullable<CodedReason<string>['remedy']> {
  const absent = capabilities.find(item => item.name === 'home')?.absent;
  return absent === undefined
    ? { text: 'Home it, in setup mode.', command: 'HOME' }
    : { text: `It cannot be homed. ${absent} Whoever set the controller up changes that.` };
}

function axesMoved(question: Question): number {
  const direction = question.args?.direction;
  if (typeof direction !== 'object' || direction === null) return 0;
  return Object.values(direction).filter(step => step === 1 || step === -1).length;
}

function feedOf(question: Question): number {
  const feed = question.args?.feed;
  return typeof feed === 'number' ? feed : Number.POSITIVE_INFINITY;
}
