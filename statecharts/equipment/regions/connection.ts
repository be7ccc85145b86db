import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';

const identified = { target: 'syncing', actions: 'identify' } as const;
const synced = { target: 'online', actions: 'sync' } as const;
/** Word of a link that was given free, still on its way when it was. */
const old = { actions: 'closeLink' } as const;

/**
 * The pipe to the device and what was heard on it [EQ20]. Facts that reports carry are noted here, whatever the state: a report is
 * an event of every region, but exactly one writes it down. Disconnected is what a person wanted [EQ25]: only a person ends it.
 */
export function connection({ permitted }: Family) {
  return equipmentSetup.createStateConfig({
    initial: 'offline',
    on: {
      DISCONNECT: { ...permitted('DISCONNECT'), target: '.disconnected', actions: ['closeLink', 'noteLinkReason', 'link.close'] },
      'authority.acquired': { target: '.offline', actions: ['doubt', 'closeLink'] },
      'authority.lost': { target: '.offline', actions: ['doubt', 'closeLink'] },
      'link.up': { target: '.connecting', actions: ['doubt', 'openLink'] },
      'link.lost': [
        { guard: when({ energised: true }), target: '.stale', actions: ['doubt', 'closeLink', 'noteLinkReason'] },
        { guard: when({ doubtful: true }), target: '.stale', actions: ['closeLink', 'noteLinkReason'] },
        { target: '.offline', actions: ['closeLink', 'noteLinkReason'] },
      ],
      'device.identity.changed': { target: '.offline', actions: 'doubt' },
      'device.identified': { actions: 'identify' },
      'device.condition': { actions: 'noteCondition' },
      'device.offsets': { actions: 'noteOffsets' },
      'device.modes': { actions: 'noteModes' },
      'device.homed': { actions: 'noteHomed' },
      'device.position.lost': { actions: 'losePosition' },
      'device.chain': { actions: 'noteChain' },
      'device.aborted': { actions: 'settle' },
      'device.cleared': { actions: 'noteCleared' },
      'service.degraded': { actions: 'degrade' },
      'service.restored': { actions: 'restore' },
      'site.changed': { actions: 'noteSite' },
    },
    states: {
      offline: { entry: enter('connection', 'offline') },
      disconnected: {
        entry: enter('connection', 'disconnected'),
        on: {
          CONNECT: { ...permitted('CONNECT'), target: 'offline', actions: ['forgetLinkReason', 'link.open'] },
          'authority.acquired': old,
          'authority.lost': old,
          'link.up': old,
          'link.lost': old,
          'device.identity.changed': old,
          'device.condition': old,
          'device.chain': old,
        },
      },
      connecting: { entry: enter('connection', 'connecting'), on: { 'device.identified': identified, 'device.synced': synced } },
      syncing: { entry: enter('connection', 'syncing'), on: { 'device.synced': synced } },
      online: {
        entry: enter('connection', 'online'),
        on: { 'link.silent': { target: 'stale', actions: 'doubt' }, 'device.synced': { actions: 'sync' } },
      },
      stale: {
        entry: enter('connection', 'stale'),
        on: {
          'link.answering': { guard: when({ linkOpen: true }), target: 'online' },
          'device.synced': { guard: when({ linkOpen: true }), target: 'online', actions: 'sync' },
        },
      },
    },
  });
}
