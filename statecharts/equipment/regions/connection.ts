import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';

const identified = { target: 'syncing', actions: 'identify' } as const;
const synced = { target: 'online', actions: 'sync' } as const;

/**
 * The pipe to the device and what was heard on it [EQ20]. Facts that reports carry are noted here, whatever the state: a report is
 * an event of every region, but exactly one writes it down.
 */
export const connection = equipmentSetup.createStateConfig({
  initial: 'offline',
  on: {
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
