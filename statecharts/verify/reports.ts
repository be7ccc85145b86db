import type { EquipmentEvent } from '../equipment/events.ts';
import { packmlTable, restStates } from '../equipment/packml.ts';
import type { ProgramOutcome } from '../equipment/reports.ts';
import type { Trial } from './explore.ts';
import { regionsOf } from './spec.ts';
import type { Configuration } from './step.ts';

/**
 * What the reports of the device mean, written down a second time as the command rules are: faults abort, the end of a sequence is
 * the end of its state, and nothing but a command begins a motion by hand.
 */
const grave = [
  'device.switch',
  'device.hold',
  'device.resume',
  'device.stop',
  'device.clear',
  'device.program.run',
  'device.program.finish',
];
const alreadyAborted = ['Aborting', 'Aborted'];
const inProgram = Object.keys(packmlTable).filter(state => !['Clearing', 'Stopping', 'Aborting', ...restStates].includes(state));

/** Is the event a fault of this machine, whatever it does? */
export function isFault(event: EquipmentEvent): boolean {
  switch (event.type) {
    case 'device.alarm':
      return true;
    case 'device.reset':
      return !event.asked;
    case 'device.chain':
      return event.inputs.emergencyStop === false || event.inputs.protectiveStop === false || event.inputs.resetRequired === true;
    case 'effect.failed':
      return grave.includes(event.effect);
    default:
      return false;
  }
}

/** S1: a fault aborts, from everywhere. The alarm condition is none while clearing and resetting, which end it, nor where the machine has no part in it. */
export function checkFaults({ before, event, after }: Trial): string | null {
  const from = regionsOf(before).execution;
  if (alreadyAborted.includes(from)) return null;
  const alarm = event.type === 'device.condition' && event.condition === 'alarm' && (inProgram.includes(from) || from === 'Idle');
  if (!isFault(event) && !alarm) return null;
  const to = executionAfter(before, after);
  return to === 'Aborting' ? null : `${event.type} leads from ${from} to ${to}`;
}

const sequences: Readonly<Record<string, readonly [string, string]>> = {
  'device.aborted': ['Aborting', 'Aborted'],
  'device.stopped': ['Stopping', 'Stopped'],
  'device.cleared': ['Clearing', 'Stopped'],
  'program.started': ['Starting', 'Execute'],
};
const ends = ['link.lost', 'link.up', 'device.identity.changed', 'device.synced', 'authority.acquired', 'authority.lost'];

/** S2: sequences end where they lead, a program that fails aborts, and with the link everything ends in Aborted. */
export function checkReports({ before, event, after }: Trial): string | null {
  const from = regionsOf(before).execution;
  const to = executionAfter(before, after);
  const wrong = `${event.type} leads from ${from} to ${to}`;
  const sequence = sequences[event.type];
  if (sequence) return (from === sequence[0] ? sequence[1] : from) === to ? null : wrong;
  if (ends.includes(event.type)) return to === 'Aborted' ? null : wrong;
  if (event.type === 'program.ended') return endsRight(before, event.outcome, to) ? null : wrong;
  if (event.type === 'device.condition') return conditionFits(before, event.condition, to) ? null : `${wrong} (${event.condition})`;
  return null;
}

function endsRight({ facts }: Configuration, { job, result }: ProgramOutcome, to: string): boolean {
  const from = facts.regions.execution;
  if (facts.run?.job !== job || !inProgram.includes(from)) return to === from;
  if (result !== 'complete' && result !== 'stopped') return to === 'Aborting';
  if (facts.condition === 'idle') return to === 'Complete';
  return ['Holding', 'Held', 'Suspending', 'Suspended'].includes(from) ? to === from : to === 'Completing';
}

const produces = ['Starting', 'Execute', 'Unholding', 'Unsuspending', 'Completing'];
const stops: Readonly<Record<string, string>> = {
  holding: 'Holding',
  held: 'Held',
  'door-opening': 'Suspending',
  'door-open': 'Suspended',
};

function conditionFits({ facts }: Configuration, condition: string, to: string): boolean {
  const from = facts.regions.execution;
  const ended = facts.run !== null && facts.run.result !== 'running';
  if (condition in stops && produces.includes(from)) return to === stops[condition];
  if (condition === 'running' && ['Held', 'Suspended', 'Unholding', 'Unsuspending'].includes(from)) return to === 'Execute';
  const awaitsRest = ['Execute', 'Held', 'Suspended', 'Completing', 'Unholding', 'Unsuspending'].includes(from);
  if (condition === 'idle' && ended && awaitsRest) return to === 'Complete';
  return true;
}

const begunBy: Readonly<Record<string, string>> = { 'setup.homing': 'HOME', 'setup.jogging': 'JOG', 'setup.mdi': 'MDI' };
const endedBy: Readonly<Record<string, string>> = {
  'setup.homing': 'device.homed',
  'setup.jogging': 'jog.ended',
  'setup.mdi': 'mdi.answered',
};
const byHandFailed: Readonly<Record<string, string>> = {
  'setup.homing': 'device.home',
  'setup.jogging': 'device.jog',
  'setup.mdi': 'device.mdi',
};

/** S3: motion by hand begins with its command, and ends with its report and with everything that stops the machine. */
export function checkHands({ before, event, after }: Trial): string | null {
  const { mode, execution } = regionsOf(after ?? before);
  const was = regionsOf(before).mode;
  const command = begunBy[mode];
  if (event.type === 'CHECK_OUT' && was === 'setup.jogging' && !after?.effects.some(effect => effect.type === 'device.jog.cancel'))
    return 'CHECK_OUT lets the jog go on';
  if (command === undefined) return null;
  if (was !== mode) return event.type === command ? null : `${event.type} begins ${mode}`;
  // A failed effect of a program that is not there aborts too; what the hand began then ends with its own report.
  const rested = ['Stopped', 'Idle'].includes(regionsOf(before).execution);
  const stopped = !['Stopped', 'Resetting', 'Idle'].includes(execution);
  if (rested && stopped && event.type !== 'effect.failed') return `${mode} goes on in ${execution}`;
  const over = event.type === endedBy[mode] || (event.type === 'effect.failed' && event.effect === byHandFailed[mode]);
  return over ? `${mode} goes on after ${event.type}` : null;
}

/** S4: who checks in is in control, nobody is after CHECK_OUT, and no run goes on without somebody in control. */
export function checkControl({ before, event, after }: Trial): string | null {
  const producing = produces.includes(regionsOf(before).execution);
  if (event.type === 'CHECK_OUT' && producing && executionAfter(before, after) !== 'Stopping') return 'CHECK_OUT lets the run go on';
  if (!after || after.taken.every(edge => !edge.id.startsWith('occupancy'))) return null;
  const { occupancy } = regionsOf(after);
  if (event.type === 'CHECK_IN' && occupancy !== 'occupied') return 'CHECK_IN does not give control';
  return event.type === 'CHECK_OUT' && occupancy !== 'free' ? 'CHECK_OUT keeps control' : null;
}

function executionAfter(before: Configuration, after: Configuration | null): string {
  return regionsOf(after ?? before).execution;
}
