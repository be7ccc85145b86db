import type { EquipmentContext } from './context.ts';
import { isEnergised } from './guards.ts';
import type { ExecutionState } from './packml.ts';

const stateWords: Readonly<Record<ExecutionState, string>> = {
  Clearing: 'Being cleared',
  Stopped: 'Stopped, to be reset',
  Resetting: 'Getting ready',
  Idle: 'Ready',
  Starting: 'Starting',
  Execute: 'Running',
  Holding: 'Slowing down to a hold',
  Held: 'Held by a person',
  Unholding: 'Going on',
  Suspending: 'Slowing down',
  Suspended: 'Suspended, waits for a person',
  Unsuspending: 'Going on',
  Completing: 'Finishing',
  Complete: 'Job complete',
  Stopping: 'Ending the job',
  Aborting: 'Stopping now',
  Aborted: 'Aborted, to be cleared',
};

const activityWords: Readonly<Record<string, string>> = {
  'setup.homing': 'Homing',
  'setup.jogging': 'Jogging',
  'setup.mdi': 'Running a typed line',
};

const connectionWords: Readonly<Record<EquipmentContext['regions']['connection'], string | null>> = {
  offline: 'Not connected',
  disconnected: 'Disconnected',
  connecting: 'Connecting',
  syncing: 'Reading the machine',
  stale: 'The machine does not answer: its state is not known',
  online: null,
};

/** One line in words of the floor: the most important thing that is true now. */
export function detailOf(facts: EquipmentContext): string {
  return (
    cutOffWords(facts) ??
    connectionWords[facts.regions.connection] ??
    alarmWords(facts) ??
    restWords(facts) ??
    serviceWords(facts) ??
    outputWords[facts.regions.output ?? 'none'] ??
    activityWords[facts.regions.mode] ??
    runWords(facts) ??
    stateWords[facts.regions.execution]
  );
}

const detailLength = 80;

/** No connection, and why: a missing port is told apart from a cable that was pulled. */
function cutOffWords({ regions: { connection }, linkReason }: EquipmentContext): string | null {
  if (linkReason === null) return null;
  if (connection === 'disconnected') return linkReason;
  if (connection !== 'offline' && connection !== 'stale') return null;
  const words = [...`${connection === 'offline' ? connectionWords.offline : 'State not known'}: ${linkReason}`];
  return words.length <= detailLength
    ? words.join('')
    : `${words
        .slice(0, detailLength - 1)
        .join('')
        .trimEnd()}…`;
}

/** The worst alarm, and of equals the one that came first: what followed is often its consequence. */
function alarmWords(facts: EquipmentContext): string | null {
  const [worst] = [...facts.alarms].sort((a, b) => a.priority - b.priority || Number(b.first) - Number(a.first) || b.at - a.at);
  return worst?.text ?? null;
}

const outputWords: Readonly<Record<string, string | undefined>> = { on: 'Switched on', off: 'Switched off' };

function serviceWords({ regions, locks, outOfService, siteLoss }: EquipmentContext): string | null {
  if (regions.maintenance === 'lockedOut') return `Locked out by ${locks.map(lock => lock.byName).join(', ')}`;
  if (regions.maintenance === 'outOfService') return `Out of service: ${outOfService?.reason ?? ''}`;
  const waits = regions.execution === 'Suspending' || regions.execution === 'Suspended' || regions.execution === 'Stopping';
  return waits && siteLoss !== null ? siteLoss.join(' ') : null;
}

function restWords(facts: EquipmentContext): string | null {
  const { regions, stop, indeterminate, heldByUs } = facts;
  if (regions.stopLatch === 'latched') return `Stop pressed by ${stop?.byName ?? 'somebody'}`;
  if (indeterminate !== null) return 'It is not known what the machine does';
  if (regions.safety === 'guardOpen') return 'The door is open';
  if (regions.safety === 'estop') return 'Emergency stop pressed';
  if (regions.safety === 'protectiveStop') return 'Stopped by a protective device';
  if (regions.safety === 'resetRequired') return 'The safety chain waits for its reset';
  const error = facts.run?.error;
  if (error && (regions.execution === 'Aborting' || regions.execution === 'Aborted')) return `Line ${error.line}: ${error.text}`;
  if (regions.execution === 'Aborted' && heldByUs) return 'Held by W.I.T. after it was away, to be cleared';
  return null;
}

function runWords({ regions, job, run }: EquipmentContext): string | null {
  if (!isEnergised(regions) || job === null || run?.result !== 'running') return null;
  return `${stateWords[regions.execution]}: ${job.name}`;
}
