import type { Family } from '../../equipment/family.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter } from '../../equipment/transitions.ts';
import { readBack } from '../read-back.ts';

/** Is any heater on, as the printer says [EQ130]; not known without its link. Targets are set in any state that the rule allows. */
export function heat(family: Family) {
  const { said, lost } = readBack(family);
  return equipmentSetup.createStateConfig({
    initial: 'unknown',
    on: {
      'device.heat': said,
      ...lost,
      SET_TEMPERATURE: { ...family.permitted('SET_TEMPERATURE'), actions: 'device.temperature' },
    },
    states: {
      unknown: { entry: enter('heat', 'unknown') },
      off: { entry: enter('heat', 'off') },
      on: { entry: enter('heat', 'on') },
    },
  });
}
