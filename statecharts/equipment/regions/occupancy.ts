import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, timer, when } from '../transitions.ts';

const kept = { guard: when({ timer: 'lease' }), actions: timer.start('lease') } as const;
const over = { guard: when({ timer: 'lease', leaseOver: true }), target: 'free', actions: 'checkOut' } as const;

/**
 * Who is in control [EQ50]: a person, not a browser. Free, kept for somebody, held, held and offered to another, or held by somebody who
 * went away. What an absent holder's run comes to is in execution.
 */
export function occupancy({ profile, permitted }: Family) {
  const checkOut = { CHECK_OUT: { ...permitted('CHECK_OUT'), target: 'free', actions: 'checkOut' } } as const;
  const take = { CHECK_IN: { ...permitted('CHECK_IN'), target: 'occupied', actions: 'checkIn' } } as const;
  return equipmentSetup.createStateConfig({
    initial: 'free',
    states: {
      free: {
        entry: enter('occupancy', 'free'),
        on: { ...take, RESERVE: { ...permitted('RESERVE'), target: 'reserved', actions: 'reserve' } },
      },
      reserved: {
        entry: [enter('occupancy', 'reserved'), timer.reservation()],
        exit: timer.cancel('reservation'),
        on: {
          ...take,
          CANCEL_RESERVATION: { ...permitted('CANCEL_RESERVATION'), target: 'free', actions: 'unreserve' },
          'timer.fired': { guard: when({ timer: 'reservation' }), target: 'free', actions: 'unreserve' },
        },
      },
      occupied: {
        entry: [enter('occupancy', 'occupied'), timer.start('lease')],
        exit: timer.cancel('lease'),
        on: {
          ...checkOut,
          HAND_OVER: { ...permitted('HAND_OVER'), target: 'offered', actions: 'offer' },
          'holder.gone': { target: 'absent' },
          'timer.fired': [over, kept],
        },
      },
      offered: {
        entry: [enter('occupancy', 'offered'), timer.start('offer')],
        exit: timer.cancel('offer'),
        on: {
          ...checkOut,
          ...take,
          HAND_OVER: { ...permitted('HAND_OVER'), target: 'offered', reenter: true, actions: 'offer' },
          'holder.gone': { target: 'absent', actions: 'unoffer' },
          'timer.fired': { guard: when({ timer: 'offer' }), target: 'occupied', actions: 'unoffer' },
        },
      },
      absent: {
        entry: [enter('occupancy', 'absent'), timer.absence(profile.absence.ms), timer.start('lease')],
        exit: [timer.cancel('absence'), timer.cancel('lease')],
        on: {
          ...checkOut,
          ...take,
          'holder.back': { target: 'occupied' },
          'timer.fired': [over, kept],
        },
      },
    },
  });
}
