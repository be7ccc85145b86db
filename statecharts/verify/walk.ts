import type { EquipmentEvent } from '../equipment/events.ts';
import { alphabet, eventName } from './alphabet.ts';

/** The event of the alphabet with this name, as `eventName` gives it. Throws when there is none. */
function named(name: string): EquipmentEvent {
  const event = alphabet.find(one => eventName(one) === name);
  if (!event) throw new Error(`The alphabet has no ${name}.`);
  return event;
}

const toIdle =
  'authority.acquired, link.up, device.identified, device.synced idle, CHECK_IN, CLEAR, device.cleared, device.homed, RESET, timer.fired reset-settle, LOAD_JOB';

/** Where random walks begin: from nowhere, at rest, and in the middle of a run. */
export const beginnings: readonly (readonly EquipmentEvent[])[] = [
  '',
  toIdle,
  `${toIdle}, SET_MODE setup`,
  `${toIdle}, START, program.started, device.condition running`,
  `${toIdle}, START, program.started, device.condition running, HOLD, device.condition held`,
  `${toIdle}, START, program.started, device.condition door-open, device.condition door-closed`,
].map(names => (names === '' ? [] : names.split(', ').map(named)));
