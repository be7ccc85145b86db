import { setupMode } from '../../profiles/motion/setup-mode.ts';
import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter } from '../transitions.ts';

/** What the machine is used for [EQ60]; changes only at rest. Motion by hand is a sub-state of setup, from the profile. */
export function mode(family: Family) {
  const to = (name: 'processing' | 'setup' | 'maintenance') =>
    ({ ...family.permitted('SET_MODE', { args: { mode: name } }), target: name }) as const;
  const plainSetup = { initial: 'ready', states: { ready: { entry: enter('mode', 'setup.ready') } } } as const;
  return equipmentSetup.createStateConfig({
    initial: 'processing',
    states: {
      processing: { entry: enter('mode', 'processing'), on: { SET_MODE: [to('setup'), to('maintenance')] } },
      setup: { ...(family.profile.byHand ? setupMode(family) : plainSetup), on: { SET_MODE: [to('processing'), to('maintenance')] } },
      maintenance: { entry: enter('mode', 'maintenance'), on: { SET_MODE: [to('processing'), to('setup')] } },
    },
  });
}
