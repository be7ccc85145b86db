import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';

const ajar = ['door-open', 'door-opening'] as const;
const open = { guard: when({ condition: ajar }), target: 'guardOpen' } as const;
const observed = { guard: when({ chain: 'observed' }), target: 'normal' } as const;

/** What is observed of guards and chain [EQ30]; W.I.T. observes, it is no part of the chain. Lost with the link. No `always` here. */
export const safety = equipmentSetup.createStateConfig({
  initial: 'unknown',
  on: {
    'authority.acquired': { target: '.unknown' },
    'authority.lost': { target: '.unknown' },
    'link.up': { target: '.unknown' },
    'link.lost': { target: '.unknown' },
    'link.silent': { target: '.unknown' },
    'device.identity.changed': { target: '.unknown' },
  },
  states: {
    unknown: {
      entry: enter('safety', 'unknown'),
      on: {
        'device.synced': [open, observed, { target: 'notObserved' }],
        'link.answering': [
          { guard: when({ connection: 'stale', linkOpen: true, known: ajar }), target: 'guardOpen' },
          { guard: when({ connection: 'stale', linkOpen: true, chain: 'observed' }), target: 'normal' },
          { guard: when({ connection: 'stale', linkOpen: true }), target: 'notObserved' },
        ],
      },
    },
    notObserved: { entry: enter('safety', 'notObserved'), on: { 'device.condition': open, 'device.synced': open } },
    normal: { entry: enter('safety', 'normal'), on: { 'device.condition': open, 'device.synced': open } },
    guardOpen: {
      entry: [enter('safety', 'guardOpen'), 'openGuard'],
      on: {
        'device.condition': [{ guard: when({ condition: ajar }) }, observed, { target: 'notObserved' }],
        'device.synced': [{ guard: when({ condition: ajar }) }, observed, { target: 'notObserved' }],
      },
    },
  },
});
