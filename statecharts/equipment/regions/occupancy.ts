import { equipmentSetup } from '../setup.ts';
import { enter, permitted } from '../transitions.ts';

/** Who is in control [EQ50]: a person, not a browser. */
export const occupancy = equipmentSetup.createStateConfig({
  initial: 'free',
  states: {
    free: {
      entry: enter('occupancy', 'free'),
      on: { CHECK_IN: { ...permitted('CHECK_IN'), target: 'occupied', actions: 'checkIn' } },
    },
    occupied: {
      entry: enter('occupancy', 'occupied'),
      on: { CHECK_OUT: { ...permitted('CHECK_OUT'), target: 'free', actions: 'checkOut' } },
    },
  },
});
