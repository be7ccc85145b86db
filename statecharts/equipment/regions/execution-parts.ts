import type { TellParams } from '../record.ts';
import { when } from '../transitions.ts';

/**
 * 5 s: a feed hold decelerates well within; longer means that it was not heard. 250 ms: one status report of the device must have
 * come before a person may start.
 */
const timers = { 'hold-confirm': 5_000, 'reset-settle': 250 } as const;
type TimerId = keyof typeof timers;

/** The condition at which a commanded hold has come to rest. */
const resting = ['held', 'door-open', 'door-closed', 'idle'] as const;

/** Tells the job what became of it. */
export function tell(event: TellParams['event']) {
  return { type: 'job.tell', params: { event } } as const;
}

/** Deadlines, as effects: the runtime keeps them. */
export const timer = {
  start: (id: TimerId) => ({ type: 'timer.start', params: { id, ms: timers[id] } }) as const,
  cancel: (id: TimerId) => ({ type: 'timer.cancel', params: { id } }) as const,
  /** The hold's deadline: at rest without having said so again, or not held at all. */
  confirm: <S extends string>(target: S) =>
    [
      { guard: when({ timer: 'hold-confirm', known: resting }), target },
      {
        guard: when({ timer: 'hold-confirm' }),
        actions: {
          type: 'raiseFault',
          params: { code: 'hold-not-confirmed', text: 'The machine has not confirmed the hold within 5 s. Use the stop.' },
        },
      },
    ] as const,
};

/** Effects whose failure leaves a machine that does not do what it was told. A jog that is refused is none of them. */
const gravely = ['device.hold', 'device.resume', 'device.stop', 'device.clear', 'device.program.run', 'device.program.finish'] as const;

/** The same, and the abort itself: these are alarms. */
export const alarming = [...gravely, 'device.abort'] as const;

/** The hold has come after all. */
export const holdConfirmed = { type: 'dropAlarm', params: { code: 'hold-not-confirmed' } } as const;

/**
 * What leads to Aborting from every state with something to abort: the stop key, an alarm, a restart of the controller, and an
 * effect that could not be performed.
 */
export const faults = {
  'stop.pressed': { target: 'Aborting' },
  'device.alarm': { target: 'Aborting' },
  'device.reset': { guard: when({ unasked: true }), target: 'Aborting' },
  'effect.failed': { guard: when({ failed: gravely }), target: 'Aborting' },
  'device.condition': [{ guard: when({ condition: ['alarm'] }), target: 'Aborting' }],
} as const;

/** Silence of a machine under power: the line may still carry the abort. */
export const silence = { 'link.silent': { target: 'Aborting' } } as const;

/** Between programs a person may move the machine by hand; a motion that the door or silence interrupts is dropped, not finished. */
export const byHand = {
  'link.silent': { guard: when({ activity: true }), target: 'Aborting' },
  'device.condition': [
    ...faults['device.condition'],
    { guard: when({ condition: ['door-open', 'door-opening'], activity: true }), target: 'Aborting' },
  ],
} as const;

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
