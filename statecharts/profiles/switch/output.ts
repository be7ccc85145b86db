import type { Family } from '../../equipment/family.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter } from '../../equipment/transitions.ts';
import { readBack } from '../read-back.ts';

/** What the contact does, as read back [EQ140]: never what was commanded. Not known without the link. */
export function output(family: Family) {
  const { said, lost } = readBack(family);
  return equipmentSetup.createStateConfig({
    initial: 'unknown',
    on: { 'device.output': said, ...lost },
    states: {
      unknown: { entry: enter('output', 'unknown') },
      off: { entry: enter('output', 'off') },
      on: { entry: enter('output', 'on') },
    },
  });
}
