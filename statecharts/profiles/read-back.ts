import type { Family } from '../equipment/family.ts';
import { when } from '../equipment/transitions.ts';

const said = [
  { guard: when({ on: true, linkOpen: true }), target: '.on' },
  { guard: when({ on: false, linkOpen: true }), target: '.off' },
] as const;
const lost = { target: '.unknown' } as const;

/** Where a region goes that is only what the device says of it: on, off, or unknown without its link. */
export const readBack = ({ permitted }: Family) =>
  ({
    said,
    lost: {
      DISCONNECT: { ...permitted('DISCONNECT'), ...lost },
      'authority.acquired': lost,
      'authority.lost': lost,
      'link.up': lost,
      'link.lost': lost,
      'link.silent': lost,
      'device.identity.changed': lost,
    },
  }) as const;
