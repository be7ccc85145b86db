import { equipmentSetup } from '../setup.ts';
import { enter } from '../transitions.ts';

/** Who owns the equipment [EQ10]: nobody after boot, this activation once its epoch is raised. The fence checks every write besides. */
export const authority = equipmentSetup.createStateConfig({
  initial: 'none',
  on: {
    'authority.acquired': { target: '.owned', actions: 'takeAuthority' },
    'authority.continued': { target: '.owned', actions: 'takeAuthority' },
    'authority.lost': { target: '.none' },
  },
  states: {
    none: { entry: enter('authority', 'none') },
    owned: { entry: enter('authority', 'owned'), on: { 'authority.losing': { target: 'losing' } } },
    losing: { entry: enter('authority', 'losing') },
  },
});
