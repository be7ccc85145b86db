import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter } from '../transitions.ts';

/** The stop key latches [EQ40]; only RELEASE_STOP, by somebody at the machine, lets go, and starts nothing. Survives restarts. */
export const stopLatch = ({ permitted }: Family) =>
  equipmentSetup.createStateConfig({
    initial: 'released',
    states: {
      released: { entry: enter('stopLatch', 'released'), on: { 'stop.pressed': { target: 'latched', actions: 'latch' } } },
      latched: {
        entry: enter('stopLatch', 'latched'),
        on: {
          'stop.pressed': { actions: 'latch' },
          RELEASE_STOP: { ...permitted('RELEASE_STOP'), target: 'released', actions: 'unlatch' },
        },
      },
    },
  });
