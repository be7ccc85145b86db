import type { Family } from '../../equipment/family.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter, when } from '../../equipment/transitions.ts';

const said = [
  { guard: when({ on: true, linkOpen: true }), target: '.on' },
  { guard: when({ on: false, linkOpen: true }), target: '.off' },
] as const;
const lost = { target: '.unknown' } as const;

/** Is any heater on, as the printer says [EQ130]; not known without its link. Targets are set in any state that the rule allows. */
export function heat({ permitted }: Family) {
  return equipmentSetup.createStateConfig({
    initial: 'unknown',
    on: {
      'device.heat': said,
      DISCONNECT: { ...permitted('DISCONNECT'), ...lost },
      'authority.acquired': lost,
      'authority.lost': lost,
      'link.up': lost,
      'link.lost': lost,
      'link.silent': lost,
      'device.identity.changed': lost,
      SET_TEMPERATURE: { ...permitted('SET_TEMPERATURE'), actions: 'device.temperature' },
    },
    states: {
      unknown: { entry: enter('heat', 'unknown') },
      off: { entry: enter('heat', 'off') },
      on: { entry: enter('heat', 'on') },
    },
  });
}
