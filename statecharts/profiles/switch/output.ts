import type { Family } from '../../equipment/family.ts';
import { equipmentSetup } from '../../equipment/setup.ts';
import { enter, when } from '../../equipment/transitions.ts';

const said = [
  { guard: when({ on: true, linkOpen: true }), target: '.on' },
  { guard: when({ on: false, linkOpen: true }), target: '.off' },
] as const;
const lost = { target: '.unknown' } as const;

/** What the contact does, as read back [EQ140]: never what was commanded. Not known without the link. */
export function output({ permitted }: Family) {
  return equipmentSetup.createStateConfig({
    initial: 'unknown',
    on: {
      'device.output': said,
      DISCONNECT: { ...permitted('DISCONNECT'), ...lost },
      'authority.acquired': lost,
      'authority.lost': lost,
      'link.up': lost,
      'link.lost': lost,
      'link.silent': lost,
      'device.identity.changed': lost,
    },
    states: {
      unknown: { entry: enter('output', 'unknown') },
      off: { entry: enter('output', 'off') },
      on: { entry: enter('output', 'on') },
    },
  });
}
