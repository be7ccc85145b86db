import { waysOut } from '../site/rule.ts';
import { missingSupplies } from './chain.ts';
import type { EquipmentContext } from './context.ts';
import type { EquipmentEvent } from './events.ts';
import { producingStates } from './packml.ts';
import type { DeviceCondition, ProgramOutcome } from './reports.ts';

/** Something that nobody commands and that may be waited for: the world does it when the facts are such. */
export interface Happening {
  readonly who: string;
  readonly text: string;
  readonly event: EquipmentEvent;
}

interface Expectation {
  readonly who: string;
  readonly text: string;
  /** Is this what comes next, if all goes well? Faults are never waited for. */
  when(facts: EquipmentContext): boolean;
  event(facts: EquipmentContext, at: number): EquipmentEvent;
}

const machine = 'the machine';
const moving: readonly DeviceCondition[] = ['running', 'jogging', 'homing', 'resuming', 'holding', 'check'];
const inState =
  (...states: readonly string[]) =>
  ({ regions }: EquipmentContext) =>
    states.includes(regions.execution);
const condition = (name: DeviceCondition) => (_: EquipmentContext, at: number) =>
  ({ type: 'device.condition', condition: name, at }) as const;
const producing = (facts: EquipmentContext) => facts.run?.result === 'running' && producingStates.includes(facts.regions.execution);
const online = (facts: EquipmentContext) => facts.regions.connection === 'online';

/** What comes next by itself or by hands, and when. */
const expectations: readonly Expectation[] = [
  {
    who: 'the node',
    text: 'The node takes the machine over.',
    when: facts => facts.regions.authority !== 'owned',
    event: (facts, at) => ({ type: 'authority.acquired', epoch: facts.epoch + 1, at }),
  },
  {
    who: 'the database',
    text: 'The database is back.',
    when: facts => facts.degraded.some(part => part.code === 'database'),
    event: (_, at) => ({ type: 'service.restored', code: 'database', at }),
  },
  {
    who: 'somebody at the machine',
    text: 'Power and cable are restored; W.I.T. connects by itself.',
    when: ({ regions, linkOpen }) => regions.connection === 'offline' || (regions.connection === 'stale' && !linkOpen),
    event: (_, at) => ({ type: 'link.up', at }),
  },
  {
    who: machine,
    text: 'The machine answers again.',
    when: ({ regions, linkOpen }) => regions.connection === 'stale' && linkOpen,
    event: (_, at) => ({ type: 'link.answering', at }),
  },
  {
    who: machine,
    text: 'The machine says what it is.',
    when: ({ regions }) => regions.connection === 'connecting',
    event: identified,
  },
  {
    who: machine,
    text: 'The state of the machine has been read.',
    when: ({ regions }) => regions.connection === 'syncing',
    event: (_, at) => ({ type: 'device.synced', condition: 'idle', homed: false, heldByUs: false, at }),
  },
  {
    who: machine,
    text: 'The modes of the controller have been read.',
    when: facts =>
      online(facts) && (facts.modesChanged !== null) === (facts.regions.mode === 'setup.mdi') && facts.modesChanged?.length !== 0,
    event: (_, at) => ({ type: 'device.modes', changed: [], at }),
  },
  {
    who: 'somebody at the machine',
    text: 'The guard is closed.',
    when: facts => online(facts) && facts.regions.safety === 'guardOpen',
    event: condition('door-closed'),
  },
  {
    who: 'somebody at the machine',
    text: 'The emergency stop is released.',
    when: facts => online(facts) && facts.regions.safety === 'estop',
    event: chainClosed,
  },
  {
    who: 'somebody at the machine',
    text: 'The protective device is cleared.',
    when: facts => online(facts) && facts.regions.safety === 'protectiveStop',
    event: chainClosed,
  },
  {
    who: 'somebody at the machine',
    text: 'Extraction, air and coolant are there again.',
    when: facts => online(facts) && missingSupplies(facts.chain ?? {}).length > 0,
    event: chainClosed,
  },
  {
    who: 'the clock',
    text: 'The reservation is over.',
    when: ({ regions }) => regions.occupancy === 'reserved',
    event: (_, at) => ({ type: 'timer.fired', id: 'reservation', at }),
  },
  {
    who: machine,
    text: 'The switch has been read.',
    when: facts => online(facts) && facts.regions.output === 'unknown',
    event: (_, at) => ({ type: 'device.output', on: false, at }),
  },
  {
    who: machine,
    text: 'The heaters have been read.',
    when: facts => online(facts) && facts.regions.heat === 'unknown',
    event: (_, at) => ({ type: 'device.heat', on: false, at }),
  },
  {
    who: machine,
    text: 'The machine reports that it has aborted.',
    when: inState('Aborting'),
    event: (_, at) => ({ type: 'device.aborted', at }),
  },
  {
    who: machine,
    text: 'The machine reports that it has stopped.',
    when: inState('Stopping'),
    event: (_, at) => ({ type: 'device.stopped', at }),
  },
  {
    who: machine,
    text: 'The machine reports that it is cleared.',
    when: inState('Clearing'),
    event: (_, at) => ({ type: 'device.cleared', at }),
  },
  {
    who: machine,
    text: 'The machine has settled.',
    when: inState('Resetting'),
    event: (_, at) => ({ type: 'timer.fired', id: 'reset-settle', at }),
  },
  {
    who: machine,
    text: 'The program has begun.',
    when: inState('Starting'),
    event: (facts, at) => ({ type: 'program.started', job: facts.run?.job ?? '', at }),
  },
  { who: machine, text: 'The machine is at rest in a hold.', when: inState('Holding', 'Suspending'), event: condition('held') },
  { who: machine, text: 'The machine moves again.', when: inState('Unholding', 'Unsuspending'), event: condition('running') },
  {
    who: machine,
    text: 'The program comes to its end.',
    when: facts => producing(facts) && facts.regions.execution !== 'Starting',
    event: ended,
  },
  {
    who: machine,
    text: 'The machine comes to rest.',
    when: facts => online(facts) && !producing(facts) && facts.condition !== null && moving.includes(facts.condition),
    event: condition('idle'),
  },
  { who: machine, text: 'The machine knows where it is.', when: inMode('setup.homing'), event: (_, at) => ({ type: 'device.homed', at }) },
  {
    who: machine,
    text: 'The jog has ended.',
    when: inMode('setup.jogging'),
    event: (_, at) => ({ type: 'jog.ended', jogId: '', reason: 'done', at }),
  },
  {
    who: machine,
    text: 'The typed line has been answered.',
    when: inMode('setup.mdi'),
    event: (_, at) => ({ type: 'mdi.answered', line: '', at }),
  },
];

/** What may come next in these facts, at this time (ms since 1970). */
export function happeningsAt(facts: EquipmentContext, at: number): Happening[] {
  const expected = expectations.flatMap(one => (one.when(facts) ? [{ who: one.who, text: one.text, event: one.event(facts, at) }] : []));
  const { rules } = facts.site;
  const site = waysOut(facts.site).map(({ who, text, facts: then }) => ({
    who,
    text,
    event: { type: 'site.changed', rules, facts: then, at } as const,
  }));
  return [...expected, ...site];
}

function inMode(mode: string) {
  return ({ regions }: EquipmentContext) => regions.mode === mode;
}

/** Everything that is wired is well again; what the chain does not say of its reset is left to a person. */
function chainClosed({ chain }: EquipmentContext, at: number): EquipmentEvent {
  const wired = Object.keys(chain ?? {}).filter(name => name !== 'resetRequired');
  return { type: 'device.chain', inputs: Object.fromEntries(wired.map(name => [name, true])), at };
}

function identified({ capabilities, envelope, input }: EquipmentContext, at: number): EquipmentEvent {
  return { type: 'device.identified', firmware: '', version: '', identity: '', capabilities, envelope, simulated: input.simulated, at };
}

function ended({ run }: EquipmentContext, at: number): EquipmentEvent {
  const total = run?.total ?? 0;
  const outcome: ProgramOutcome = { job: run?.job ?? '', result: 'complete', sent: total, acknowledged: total, total };
  return { type: 'program.ended', outcome, at };
}
