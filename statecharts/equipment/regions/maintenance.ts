import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, when } from '../transitions.ts';

/** May the machine be used at all [EQ55]: in service, due for maintenance, locked out by maintainers, or out of service. */
export function maintenance({ permitted }: Family) {
  const lockOut = { LOCK_OUT: { ...permitted('LOCK_OUT'), target: 'lockedOut', actions: 'lockOut' } } as const;
  const takeOut = { TAKE_OUT_OF_SERVICE: { ...permitted('TAKE_OUT_OF_SERVICE'), target: 'outOfService', actions: 'takeOut' } } as const;
  const removeLast = (pick: object) => permitted('REMOVE_LOCK', { when: { lastLock: true, ...pick } });
  return equipmentSetup.createStateConfig({
    initial: 'inService',
    states: {
      inService: {
        entry: enter('maintenance', 'inService'),
        on: {
          ...lockOut,
          ...takeOut,
          'service.due': [{ guard: when({ due: true }), target: 'due', actions: 'noteDue' }, { actions: 'noteDue' }],
        },
      },
      due: {
        entry: enter('maintenance', 'due'),
        on: {
          ...lockOut,
          ...takeOut,
          'service.due': [{ guard: when({ due: false }), target: 'inService', actions: 'noteDue' }, { actions: 'noteDue' }],
        },
      },
      lockedOut: {
        entry: enter('maintenance', 'lockedOut'),
        on: {
          LOCK_OUT: { ...permitted('LOCK_OUT'), actions: 'lockOut' },
          REMOVE_LOCK: [
            { ...removeLast({ noted: 'due' }), target: 'due', actions: 'removeLock' },
            { ...removeLast({}), target: 'inService', actions: 'removeLock' },
            { ...permitted('REMOVE_LOCK'), actions: 'removeLock' },
          ],
          'service.due': { actions: 'noteDue' },
        },
      },
      outOfService: {
        entry: enter('maintenance', 'outOfService'),
        on: {
          RETURN_TO_SERVICE: [
            { ...permitted('RETURN_TO_SERVICE', { when: { noted: 'due' } }), target: 'due', actions: 'bringBack' },
            { ...permitted('RETURN_TO_SERVICE'), target: 'inService', actions: 'bringBack' },
          ],
          'service.due': { actions: 'noteDue' },
        },
      },
    },
  });
}
