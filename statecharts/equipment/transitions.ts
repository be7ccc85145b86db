import type { RegionName, Regions } from './context.ts';
import type { WhenParams } from './guards.ts';

/** Guard on facts and reports, as data. */
export function when(params: WhenParams) {
  return { type: 'when', params } as const;
}

/** Entry action of every leaf state: the facts follow the state value. */
export function enter<R extends RegionName>(region: R, state: NonNullable<Regions[R]>) {
  return { type: 'enter', params: { region, state } } as const;
}

/** Deadlines, as effects: the runtime keeps them. ms. */
const durations = {
  /** A feed hold decelerates well within; longer means that it was not heard. */
  'hold-confirm': 5_000,
  /** One status report of the device must have come before a person may start. */
  'reset-settle': 250,
  /** Control of a machine at rest is looked at so often. */
  lease: 300_000,
  /** What is offered is taken within this, or it was not meant so. */
  offer: 120_000,
  /** An armed laser that is not started disarms itself. */
  'laser-arm': 600_000,
} as const;
export type TimerId = keyof typeof durations | 'reservation' | 'absence';

export const timer = {
  start: (id: keyof typeof durations) => ({ type: 'timer.start', params: { id, ms: durations[id] } }) as const,
  /** Lasts as long as the family lets a holder be away. */
  absence: (ms: number) => ({ type: 'timer.start', params: { id: 'absence', ms } }) as const,
  /** Lasts as long as the reservation asks for. */
  reservation: () => ({ type: 'timer.start', params: { id: 'reservation', reserved: true } }) as const,
  cancel: (id: TimerId) => ({ type: 'timer.cancel', params: { id } }) as const,
};
