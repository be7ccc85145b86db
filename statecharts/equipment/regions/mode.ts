import { setupMode } from '../../profiles/motion/setup-mode.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, permitted } from '../transitions.ts';

const toProcessing = { ...permitted('SET_MODE', { mode: 'processing' }), target: 'processing' } as const;
const toSetup = { ...permitted('SET_MODE', { mode: 'setup' }), target: 'setup' } as const;
const toMaintenance = { ...permitted('SET_MODE', { mode: 'maintenance' }), target: 'maintenance' } as const;

/** What the machine is used for [EQ60]; changes only at rest. Motion by hand is a sub-state of setup, from the profile. */
export const mode = equipmentSetup.createStateConfig({
  initial: 'processing',
  states: {
    processing: { entry: enter('mode', 'processing'), on: { SET_MODE: [toSetup, toMaintenance] } },
    setup: { ...setupMode, on: { SET_MODE: [toProcessing, toMaintenance] } },
    maintenance: { entry: enter('mode', 'maintenance'), on: { SET_MODE: [toProcessing, toSetup] } },
  },
});
