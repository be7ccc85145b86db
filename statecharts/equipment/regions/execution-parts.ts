import type { Family } from '../family.ts';
import type { TellParams } from '../record.ts';
import { when } from '../transitions.ts';

/** The condition at which a commanded hold has come to rest. */
export const resting = ['held', 'door-open', 'door-closed', 'idle'] as const;

/** Tells the job what became of it. */
export function tell(event: TellParams['event']) {
  return { type: 'job.tell', params: { event } } as const;
}

/** The hold's deadline: at rest without having said so again. That it is not held at all is an alarm (`alarms`). */
export const restsUnsaid = <S extends string>(target: S) => ({ guard: when({ timer: 'hold-confirm', known: resting }), target }) as const;

/** Effects whose failure leaves a machine that does not do what it was told. A jog that is refused is none of them. */
const gravely = [
  'device.hold',
  'device.switch',
  'device.resume',
  'device.stop',
  'device.clear',
  'device.program.run',
  'device.program.finish',
] as const;

/** The same, and the abort itself: these are alarms. */
export const alarming = [...gravely, 'device.abort'] as const;

/**
 * What leads to Aborting from every state with something to abort: the stop key, an alarm, a restart of the controller, and an
 * effect that could not be performed.
 */
export const faults = {
  'stop.pressed': { target: 'Aborting' },
  'device.alarm': { target: 'Aborting' },
  'device.reset': { guard: when({ unasked: true }), target: 'Aborting' },
  'device.chain': { guard: when({ inputs: 'lost' }), target: 'Aborting' },
  'effect.failed': { guard: when({ failed: gravely }), target: 'Aborting' },
  'device.condition': [{ guard: when({ condition: ['alarm'] }), target: 'Aborting' }],
} as const;

/** What a run needs of its surroundings: a rule of the site is lost, extraction or air fails. Outside the machine, so it suspends. */
export const surroundings = {
  'site.changed': [
    { guard: when({ siteLoss: 'stop' }), target: 'Stopping' },
    { guard: when({ siteLoss: 'hold' }), target: 'Suspending', actions: 'device.hold' },
  ],
  'device.chain': [faults['device.chain'], { guard: when({ supplyLost: true }), target: 'Suspending', actions: 'device.hold' }],
} as const;

/** The person in control has been away for longer than the family allows: the run is held. */
export const unattended = {
  'timer.fired': { guard: when({ timer: 'absence' }), target: 'Holding', actions: 'device.hold' },
} as const;

/** Silence of a machine under power: the line may still carry the abort. */
const silence = { 'link.silent': { target: 'Aborting' } } as const;

/** What can happen to a machine under power. */
export const common = ({ permitted }: Family) =>
  ({
    ...faults,
    ...silence,
    ABORT: { ...permitted('ABORT'), target: 'Aborting' },
    LOCK_OUT: { ...permitted('LOCK_OUT'), target: 'Aborting' },
  }) as const;

/** Between programs a person may move the machine by hand; a motion that door, silence or a lock interrupts is dropped, not finished. */
export const byHand = ({ permitted }: Family) =>
  ({
    'link.silent': { guard: when({ activity: true }), target: 'Aborting' },
    LOCK_OUT: { ...permitted('LOCK_OUT', { when: { activity: true } }), target: 'Aborting' },
    'device.condition': [
      ...faults['device.condition'],
      { guard: when({ condition: ['door-open', 'door-opening'], activity: true }), target: 'Aborting' },
    ],
  }) as const;

export const stopping = ({ permitted }: Family) => ({ STOP: { ...permitted('STOP'), target: 'Stopping' } }) as const;
export const completing = ({ permitted }: Family) =>
  ({ COMPLETE: { ...permitted('COMPLETE'), target: 'Completing', actions: ['confirmGuard', 'device.program.finish'] } }) as const;
export const overriding = ({ permitted }: Family) => ({ OVERRIDE: { ...permitted('OVERRIDE'), actions: 'device.override' } }) as const;

/** What the machine can do to a running program by itself: its own hold button, its door, its alarm. */
export const holdable = [
  ...faults['device.condition'],
  { guard: when({ condition: ['holding'] }), target: 'Holding' },
  { guard: when({ condition: ['held'] }), target: 'Held' },
  { guard: when({ condition: ['door-opening'] }), target: 'Suspending' },
  { guard: when({ condition: ['door-open'] }), target: 'Suspended' },
] as const;

const bookkeeping = ['endRun', tell('job.ended')] as const;

const complete = { guard: when({ result: ['complete', 'stopped'], known: ['idle'] }), target: 'Complete', actions: bookkeeping } as const;
const failed = { guard: when({ result: ['failed', 'aborted', 'interrupted'] }), target: 'Aborting', actions: bookkeeping } as const;

/** The end of the program: in order by way of Completing until the device rests, else a fault. */
export const ended = [
  complete,
  { guard: when({ result: ['complete', 'stopped'] }), target: 'Completing', actions: bookkeeping },
  failed,
] as const;

/** The last line was done as the machine came to a hold: it stays held, since Completing would count as producing without a permit. */
export const endedInHold = [complete, { guard: when({ result: ['complete', 'stopped'] }), actions: bookkeeping }, failed] as const;

/** We were away while it ran. */
export const interrupted = ['interruptRun', tell('job.ended')] as const;
export const resumed = { guard: when({ condition: ['running'] }), target: 'Execute', actions: tell('job.resumed') } as const;
export const finished = { guard: when({ condition: ['idle'], run: 'ended' }), target: 'Complete' } as const;
