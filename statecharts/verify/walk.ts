import type { EquipmentEvent } from '../equipment/events.ts';
import { type ProfileName, profiles } from '../profiles/profile.ts';
import { alphabetOf, eventName } from './alphabet.ts';

/** The event of the alphabet with this name, as `eventName` gives it. Throws when there is none. */
function named(profile: ProfileName, name: string): EquipmentEvent {
  const event = alphabetOf(profile).find(one => eventName(one) === name);
  if (!event) throw new Error(`The alphabet has no ${name}.`);
  return event;
}

const online = 'authority.acquired, link.up, device.identified, device.synced idle, CHECK_IN, CLEAR, device.cleared';
const toIdle = `${online}, device.homed, RESET, timer.fired reset-settle`;

function beginningNames(profile: ProfileName): readonly string[] {
  if (!profiles[profile].program) return ['', online, `${toIdle}, SWITCH_ON, device.output on`];
  const start = `${toIdle}, LOAD_JOB, ${profile === 'laser' ? 'ARM_LASER, ' : ''}START, program.started, device.condition running`;
  return [
    '',
    toIdle,
    `${toIdle}, SET_MODE setup`,
    start,
    `${start}, HOLD, device.condition held`,
    `${start}, device.condition door-open, device.condition door-closed`,
  ];
}

/** Where random walks begin: from nowhere, at rest, and in the middle of a run. */
export function beginningsOf(profile: ProfileName): readonly (readonly EquipmentEvent[])[] {
  return beginningNames(profile).map(names => (names === '' ? [] : names.split(', ').map(name => named(profile, name))));
}
