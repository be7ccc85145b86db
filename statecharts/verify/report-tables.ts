import type { EquipmentContext } from '../equipment/context.ts';
import { packmlTable, producingStates, restStates } from '../equipment/packml.ts';
import type { DeviceCondition, ProgramOutcome } from '../equipment/reports.ts';

type Leads = Readonly<Partial<Record<DeviceCondition, string>>>;

/** The machine holds, its door opens: of a run that goes on. */
const interrupts: Leads = { holding: 'Holding', held: 'Held', 'door-opening': 'Suspending', 'door-open': 'Suspended' };
const restsIn = (state: string): Leads => ({ held: state, 'door-open': state, 'door-closed': state, idle: state });
const goesOn: Leads = { running: 'Execute' };

/** What each condition of the device means in each state; one that is not named means nothing there. */
const conditions: Readonly<Record<string, Leads>> = {
  Starting: interrupts,
  Execute: interrupts,
  Completing: interrupts,
  Unholding: { ...interrupts, ...goesOn, idle: 'Execute' },
  Unsuspending: { ...interrupts, ...goesOn, idle: 'Execute' },
  Holding: restsIn('Held'),
  Suspending: restsIn('Suspended'),
  Held: goesOn,
  Suspended: goesOn,
};
/** States that wait for the device to rest after its program has ended. */
const awaitRest = ['Execute', 'Held', 'Suspended', 'Completing', 'Unholding', 'Unsuspending'];

/** Where a condition report leads execution. */
export function conditionLeadsTo(condition: DeviceCondition, { regions, run }: EquipmentContext, byHand: boolean): string {
  const from = regions.execution;
  // CLEAR ends an alarm, and who aborts has heard of it.
  if (condition === 'alarm') return ['Clearing', 'Aborting', 'Aborted'].includes(from) ? from : 'Aborting';
  if (byHand && (condition === 'door-open' || condition === 'door-opening')) return 'Aborting';
  const ended = run !== null && run.result !== 'running';
  if (condition === 'idle' && ended && awaitRest.includes(from)) return 'Complete';
  return conditions[from]?.[condition] ?? from;
}

const inProgram = Object.keys(packmlTable).filter(state => !['Clearing', 'Stopping', 'Aborting', ...restStates].includes(state));

/** Where the end of a program leads execution. */
export function outcomeLeadsTo({ job, result }: ProgramOutcome, { regions, run, condition }: EquipmentContext): string {
  const from = regions.execution;
  if (run?.job !== job || !inProgram.includes(from)) return from;
  if (result !== 'complete' && result !== 'stopped') return 'Aborting';
  if (condition === 'idle') return 'Complete';
  return producingStates.includes(from) ? 'Completing' : from;
}
