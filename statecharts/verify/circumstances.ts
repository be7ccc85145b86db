import type { Caller } from '../caller.ts';
import { type EquipmentContext, initialContext, type Regions } from '../equipment/context.ts';
import type { CommandEvent } from '../equipment/events.ts';
import type { Question } from '../equipment/restrictions/restriction.ts';
import { type ProfileName, profiles } from '../profiles/profile.ts';
import type { SiteFacts } from '../site/fact.ts';
import type { SiteRule } from '../site/rule.ts';
import { commandAlphabet, exploredInput, exploredJob } from './alphabet.ts';

/** What is no state, and is not explored therefore: one change of a machine that may be used. */
type Change = (facts: EquipmentContext) => Partial<EquipmentContext>;

const at = 1;
const holder = { id: 'somebody', name: 'Somebody', since: at };
const other = { id: 'other', name: 'Other', since: at, until: 9 };
const lock = { id: 'l', by: 'other', byName: 'Other', at, reason: 'r' };
const regions =
  (change: Partial<Regions>): Change =>
  facts => ({ regions: { ...facts.regions, ...change } });
const rule = (template: SiteRule['template'], params: Readonly<Record<string, unknown>>, facts: SiteFacts): Change => {
  const site = { rules: [{ id: 'r', version: 1, template, params, onLoss: 'finish' as const }], facts };
  return () => ({ site });
};
const known = { known: true, at } as const;
const booked = { booking: { ...known, value: { kind: 'booking' as const, current: other, next: null } } };
const axes = { x: 0, y: 0, z: 0 };

/** By name, for whoever reads why something was never met. */
const changes: Readonly<Record<string, Change>> = {
  nothing: () => ({}),
  'the database is away': () => ({ degraded: [{ code: 'database', message: 'away', since: at }] }),
  'nobody owns it': regions({ authority: 'none' }),
  'it can do nothing': () => ({ capabilities: [] }),
  'the device works': () => ({ condition: 'running' }),
  'nobody is in control': facts => ({ holder: null, ...regions({ occupancy: 'free' })(facts) }),
  'another is in control': () => ({ holder: other }),
  'the holder is absent': regions({ occupancy: 'absent' }),
  'it is kept for another': facts => ({ holder: null, reservation: other, ...regions({ occupancy: 'reserved' })(facts) }),
  'it is kept for the caller': facts => ({
    holder: null,
    reservation: { ...holder, until: 9 },
    ...regions({ occupancy: 'reserved' })(facts),
  }),
  'another has locked it': facts => ({ locks: [lock], ...regions({ maintenance: 'lockedOut' })(facts) }),
  'a lock that the alphabet names': () => ({ locks: [{ ...lock, id: 'LOCK_OUT 0', by: 'somebody' }] }),
  'maintenance is due': facts => ({
    serviceDue: [{ id: 'oil', text: 'oil', since: at, enforced: true }],
    ...regions({ maintenance: 'due' })(facts),
  }),
  'a rule is not kept': rule('equipment-running', { equipment: 'x' }, {}),
  'a training is asked for': rule('training', { training: 'basic' }, {}),
  'it is booked': () => ({ site: { rules: [], facts: booked } }),
  'the extraction is off': () => ({ chain: { extraction: false } }),
  'no job is loaded': () => ({ job: null }),
  'its job has run': () => ({
    run: { job: exploredJob.id, result: 'complete', sent: 1, acknowledged: 1, total: 1, by: 'somebody', at },
  }),
  'it is not homed': () => ({ homed: false }),
  'its offsets were moved': () => ({ job: { ...exploredJob, offsets: { G54: axes } } }),
  'its modes were changed': () => ({ modesChanged: ['G20'] }),
  'the program is too large': () => ({ job: { ...exploredJob, bounds: { min: axes, max: { ...axes, x: 9 } } } }),
  'its guard was opened': () => ({ guardOpened: true }),
  'its guard is open': regions({ safety: 'guardOpen' }),
  'it is in setup': regions({ mode: 'setup.ready' }),
};

/** The machine in each of these circumstances, beginning from one that may be used. */
export function circumstancesOf(profile: ProfileName): readonly EquipmentContext[] {
  const plain = initialContext(exploredInput(profile));
  const usable: EquipmentContext = {
    ...plain,
    regions: {
      ...plain.regions,
      authority: 'owned',
      connection: 'online',
      execution: 'Idle',
      safety: 'notObserved',
      occupancy: 'occupied',
    },
    holder,
    job: profiles[profile].program ? exploredJob : null,
    homed: true,
    modesChanged: [],
    envelope: { min: axes, max: axes },
    condition: 'idle',
  };
  return Object.values(changes).map(change => ({ ...usable, ...change(usable) }));
}

const nobodySpecial: Caller = { kind: 'user', id: 'visitor', name: 'Visitor', role: 'viewer', qualifications: [] };

/** Each command of the family, asked by whoever may, by somebody who may not, and with arguments and facts that do not do. */
export function questionsOf(profile: ProfileName): readonly Question[] {
  return commandAlphabet(profile).flatMap(event => [event, { ...event, caller: nobodySpecial }, ...unfit(event)]);
}

function unfit(event: CommandEvent): readonly Question[] {
  const { type, caller } = event;
  switch (event.type) {
    case 'JOG':
      return [{}, { x: 1, y: 1 }].map(direction => ({ type, caller, at, args: { ...event.args, direction, feed: 5_000 } }));
    case 'SET_TEMPERATURE':
      return [{ type, caller, at, args: { heater: 'bed', celsius: 1_000 } }];
    case 'WRITE_REGISTER':
      return [{ type, caller, at, args: { register: 'speed', value: 1_000 } }];
    case 'LOAD_JOB':
    case 'HAND_OVER':
      return [{ type, caller, at, args: event.args, facts: { job: null, person: null } as Question['facts'] & object }];
    default:
      return [];
  }
}
