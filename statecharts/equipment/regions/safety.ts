import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';

const ajar = ['door-open', 'door-opening'] as const;
const open = { guard: when({ condition: ajar }), target: 'guardOpen' } as const;
const observed = { guard: when({ chain: 'observed' }), target: 'normal' } as const;
/** What the chain says overrules the guard. */
const chain = [
  { guard: when({ inputs: 'estop', linkOpen: true }), target: '.estop' },
  { guard: when({ inputs: 'protectiveStop', linkOpen: true }), target: '.protectiveStop' },
  { guard: when({ inputs: 'resetRequired', linkOpen: true }), target: '.resetRequired' },
] as const;
/** The first word of an open link: what a link that is gone said late is not of now. */
const read = [
  { guard: when({ condition: ajar, linkOpen: true }), target: 'guardOpen' },
  { guard: when({ chain: 'observed', linkOpen: true }), target: 'normal' },
  { guard: when({ linkOpen: true }), target: 'notObserved' },
] as const;
/** The chain is closed: what the guard was last known to be. */
const closedWhen = <P extends object>(pick: P) =>
  [
    { guard: when({ inputs: 'ok', known: ajar, ...pick }), target: 'guardOpen' },
    { guard: when({ inputs: 'ok', chain: 'observed', ...pick }), target: 'normal' },
    { guard: when({ inputs: 'ok', ...pick }), target: 'notObserved' },
  ] as const;

/**
 * What is observed of guards and chain [EQ30]; W.I.T. observes, it is no part of the chain. Lost with the link. An emergency stop that is
 * released wants its reset: read from the device, or seen by a person at the machine [EQ32]. No `always` here.
 */
export function safety({ permitted }: Family) {
  const seen = permitted('SAFETY_RESET_OBSERVED');
  const seenWith = (pick: object) => permitted('SAFETY_RESET_OBSERVED', { when: pick });
  return equipmentSetup.createStateConfig({
    initial: 'unknown',
    on: {
      'authority.acquired': { target: '.unknown' },
      'authority.lost': { target: '.unknown' },
      DISCONNECT: { ...permitted('DISCONNECT'), target: '.unknown' },
      'link.up': { target: '.unknown' },
      'link.lost': { target: '.unknown' },
      'link.silent': { target: '.unknown' },
      'device.identity.changed': { target: '.unknown' },
      'device.chain': chain,
    },
    states: {
      unknown: {
        entry: enter('safety', 'unknown'),
        on: {
          'device.synced': read,
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
      protectiveStop: { entry: enter('safety', 'protectiveStop'), on: { 'device.chain': closedWhen({}) } },
      estop: {
        entry: enter('safety', 'estop'),
        on: { 'device.chain': [...closedWhen({ resetDone: true }), { guard: when({ inputs: 'ok' }), target: 'resetRequired' }] },
      },
      resetRequired: {
        entry: enter('safety', 'resetRequired'),
        on: {
          SAFETY_RESET_OBSERVED: [
            { ...seenWith({ known: ajar }), target: 'guardOpen' },
            { ...seenWith({ chain: 'observed' }), target: 'normal' },
            { ...seen, target: 'notObserved' },
          ],
          'device.chain': closedWhen({ resetDone: true }),
        },
      },
    },
  });
}
