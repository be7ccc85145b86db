import type { CommandName } from './commands.ts';

/** The 17 states of ISA-TR88.00.02-2022, in the order of its table. */
export const executionStates = [
  'Clearing',
  'Stopped',
  'Resetting',
  'Idle',
  'Starting',
  'Execute',
  'Holding',
  'Held',
  'Unholding',
  'Suspending',
  'Suspended',
  'Unsuspending',
  'Completing',
  'Complete',
  'Stopping',
  'Aborting',
  'Aborted',
] as const;
export type ExecutionState = (typeof executionStates)[number];

/** The commands that the table knows; `SC` is state complete, raised by what the device reports. */
export type PackmlCommand = Extract<
  CommandName,
  'RESET' | 'START' | 'STOP' | 'HOLD' | 'UNHOLD' | 'SUSPEND' | 'UNSUSPEND' | 'ABORT' | 'CLEAR' | 'COMPLETE'
>;
export type PackmlEdges = Partial<Readonly<Record<PackmlCommand | 'SC', ExecutionState>>>;

/** The 50 transitions of the standard with its default for Hold (Execute and Suspended only). */
export const packmlTable: Readonly<Record<ExecutionState, PackmlEdges>> = {
  Clearing: { ABORT: 'Aborting', SC: 'Stopped' },
  Stopped: { RESET: 'Resetting', ABORT: 'Aborting' },
  Resetting: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Idle' },
  Idle: { START: 'Starting', STOP: 'Stopping', ABORT: 'Aborting' },
  Starting: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Execute' },
  Execute: { STOP: 'Stopping', HOLD: 'Holding', SUSPEND: 'Suspending', ABORT: 'Aborting', COMPLETE: 'Completing', SC: 'Completing' },
  Holding: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Held' },
  Held: { STOP: 'Stopping', UNHOLD: 'Unholding', ABORT: 'Aborting', COMPLETE: 'Completing' },
  Unholding: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Execute' },
  Suspending: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Suspended' },
  Suspended: { STOP: 'Stopping', HOLD: 'Holding', UNSUSPEND: 'Unsuspending', ABORT: 'Aborting', COMPLETE: 'Completing' },
  Unsuspending: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Execute' },
  Completing: { STOP: 'Stopping', ABORT: 'Aborting', SC: 'Complete' },
  Complete: { RESET: 'Resetting', STOP: 'Stopping', ABORT: 'Aborting' },
  Stopping: { ABORT: 'Aborting', SC: 'Stopped' },
  Aborting: { SC: 'Aborted' },
  Aborted: { CLEAR: 'Clearing' },
};

/** The states in which the table gives the command an effect. */
export function statesFor(command: PackmlCommand): readonly ExecutionState[] {
  return executionStates.filter(state => packmlTable[state][command] !== undefined);
}

/** A program moves the machine. */
export const producingStates: readonly ExecutionState[] = ['Starting', 'Execute', 'Unholding', 'Unsuspending', 'Completing'];

/** At rest with nothing under way; everywhere else losing the device leaves its state in doubt. */
export const restStates: readonly ExecutionState[] = ['Stopped', 'Resetting', 'Idle', 'Complete', 'Aborted'];
