import { ruleOf } from '../../profiles/rules.ts';
import type { CodedReason } from '../../refusal.ts';
import type { CommandRule } from '../command-rule.ts';
import type { CommandName } from '../commands.ts';
import type { EquipmentContext } from '../context.ts';
import type { ExecutionState } from '../packml.ts';
import type { Capability } from '../reports.ts';
import {
  type MotionStandingId,
  type StandingId,
  type StandingRestriction,
  type SurroundingId,
  standingRestriction,
} from './restriction.ts';

/** Restrictions of every equipment; those of homed axes and programs are the motion profile's. */
export const standing: Readonly<Record<Exclude<StandingId, MotionStandingId | SurroundingId>, StandingRestriction>> = {
  journal: standingRestriction(['journal-unavailable'], {
    test: facts => facts.degraded.every(part => part.code !== 'database'),
    explain: () => ({
      code: 'journal-unavailable',
      message: 'The database is away, so nothing can be recorded.',
      remedy: { text: 'Wait until it is back. Hold, End job, Abort and the stop still work.' },
    }),
  }),
  authority: standingRestriction(['not-owned'], {
    test: facts => facts.regions.authority === 'owned',
    explain: facts => ({
      code: 'not-owned',
      message: `The node ${facts.input.node} does not own this machine now.`,
      remedy: { text: 'Wait until the node has taken it over.' },
    }),
  }),
  connection: standingRestriction(['not-connected'], {
    test: facts => facts.regions.connection === 'online',
    explain: facts => connectionReason(facts),
  }),
  safety: standingRestriction(['guard-open', 'emergency-stop', 'protective-stop', 'reset-required', 'safety-unknown'], {
    test: facts => facts.regions.safety === 'normal' || facts.regions.safety === 'notObserved',
    explain: facts => safetyReason(facts),
  }),
  'safety-or-guard': standingRestriction(['guard-open', 'emergency-stop', 'protective-stop', 'reset-required', 'safety-unknown'], {
    test: ({ regions: { safety } }) => safety === 'normal' || safety === 'notObserved' || safety === 'guardOpen',
    explain: facts => safetyReason(facts),
  }),
  'guard-closed': standingRestriction(['guard-open'], { test: facts => facts.regions.safety !== 'guardOpen', explain: () => guardOpen }),
  latch: standingRestriction(['stop-latched'], {
    test: facts => facts.regions.stopLatch === 'released',
    explain: facts => ({
      code: 'stop-latched',
      message: facts.stop ? `The stop is latched, pressed by ${facts.stop.byName}.` : 'The stop is latched.',
      remedy: {
        text: 'Go to the machine, make sure that it is safe, then release the stop.',
        command: 'RELEASE_STOP',
        args: { statement: 'I am at the machine' },
      },
    }),
  }),
  latched: standingRestriction(['not-latched'], {
    test: facts => facts.regions.stopLatch === 'latched',
    explain: () => ({ code: 'not-latched', message: 'The stop is not latched.' }),
  }),
  state: standingRestriction(['wrong-state'], {
    test: (facts, command) => ruleFor(facts, command).states.includes(facts.regions.execution),
    explain: (facts, command) => stateReason(facts, ruleFor(facts, command)),
  }),
  mode: standingRestriction(['wrong-mode'], {
    test: (facts, command) => modeFits(facts, ruleFor(facts, command)),
    explain: (facts, command) => modeReason(facts, ruleFor(facts, command)),
  }),
  activity: standingRestriction(['activity'], {
    test: facts => activityOf(facts) === null,
    explain: facts => ({
      code: 'activity',
      message: `The machine is ${activityOf(facts)}.`,
      remedy: { text: 'Wait until it has ended, or stop it.' },
    }),
  }),
  'device-idle': standingRestriction(['device-not-idle'], {
    test: facts => facts.condition === 'idle',
    explain: facts => ({
      code: 'device-not-idle',
      message: `The controller says: ${facts.condition ?? 'nothing yet'}.`,
      remedy: { text: 'Wait until the machine rests.' },
    }),
  }),
  free: standingRestriction(['held-by-other', 'reserved'], {
    test: facts => facts.regions.occupancy === 'free',
    explain: facts => takenReason(facts),
  }),
  occupied: standingRestriction(['not-occupied'], {
    test: facts => facts.holder !== null,
    explain: () => ({ code: 'not-occupied', message: 'Nobody holds control of this machine.' }),
  }),
  'capability-program': capability('program'),
  'capability-hold': capability('hold'),
  'capability-home': capability('home'),
  'capability-jog': capability('jog'),
  'capability-mdi': capability('mdi'),
  'capability-override': capability('override'),
  'capability-laser': capability('laser'),
  'capability-temperature': capability('temperature'),
  'capability-register': capability('register'),
  'capability-switch': capability('switch'),
};

const noRule: CommandRule = { permit: 'own', hazard: 'none', states: [], restrictions: [] };

function ruleFor({ input }: EquipmentContext, command: CommandName): CommandRule {
  return ruleOf(input.profile, command) ?? noRule;
}

/** The capability is there and not marked absent. */
function can(capabilities: readonly Capability[], name: Capability['name']): boolean {
  return capabilities.some(item => item.name === name && item.absent === undefined);
}

function capability(name: Capability['name']): StandingRestriction {
  return standingRestriction(['not-capable'], {
    test: facts => can(facts.capabilities, name),
    explain: facts => ({
      code: 'not-capable',
      message: `This machine has no ${name}: ${facts.capabilities.find(item => item.name === name)?.absent ?? 'its controller does not offer it'}.`,
      ...(name === 'hold' ? { remedy: { text: 'End the job instead.', command: 'STOP' as const } } : {}),
    }),
  });
}

/** Who has the machine, or for whom it is kept. */
export function takenReason({
  holder,
  reservation,
}: Pick<EquipmentContext, 'holder' | 'reservation'>): CodedReason<'reserved' | 'held-by-other'> {
  if (holder === null && reservation !== null) {
    const { name, until } = reservation;
    return { code: 'reserved', message: `The machine is kept for ${name}.`, remedy: { text: `Ask ${name}, or wait.` }, until };
  }
  return heldReason(holder?.name ?? 'somebody');
}

/** Somebody else is in control. */
export function heldReason(name: string): CodedReason<'held-by-other'> {
  return { code: 'held-by-other', message: `Control is held by ${name}.`, remedy: { text: `Ask ${name} to hand over or wait.` } };
}

const connectionWords: Readonly<Record<EquipmentContext['regions']['connection'], string>> = {
  offline: 'The machine is not connected.',
  connecting: 'The machine is being connected.',
  syncing: 'W.I.T. is reading the state of the machine.',
  disconnected: 'The machine is disconnected: its port was given free for other programs.',
  stale: 'The machine does not answer.',
  online: 'The machine is connected.',
};

function connectionReason(facts: EquipmentContext): CodedReason<'not-connected'> {
  const { connection } = facts.regions;
  const message = connectionWords[connection];
  if (connection === 'disconnected') return { code: 'not-connected', message, remedy: { text: 'Connect it.', command: 'CONNECT' } };
  const waits = connection === 'connecting' || connection === 'syncing';
  return {
    code: 'not-connected',
    message,
    remedy: { text: waits ? 'Wait a moment.' : 'Check power and cable; W.I.T. connects by itself.' },
  };
}

type SafetyCode = 'guard-open' | 'emergency-stop' | 'protective-stop' | 'reset-required' | 'safety-unknown';

const guardOpen: CodedReason<'guard-open'> = { code: 'guard-open', message: 'The door is open.', remedy: { text: 'Close the door.' } };

const safetyReasons: Partial<Readonly<Record<EquipmentContext['regions']['safety'], CodedReason<SafetyCode>>>> = {
  guardOpen,
  estop: {
    code: 'emergency-stop',
    message: 'The emergency stop of the machine is pressed.',
    remedy: { text: 'Go to the machine, make sure that it is safe, and release its emergency stop.' },
  },
  protectiveStop: {
    code: 'protective-stop',
    message: 'A protective device of the machine has stopped it.',
    remedy: { text: 'Go to the machine, and clear the protective device.' },
  },
  resetRequired: {
    code: 'reset-required',
    message: 'The emergency stop was released; its reset has not been seen.',
    remedy: {
      text: 'Reset the safety chain at the machine, and say that you have seen it.',
      command: 'SAFETY_RESET_OBSERVED',
      args: { statement: 'I have seen the reset' },
    },
  },
};

function safetyReason({ regions }: EquipmentContext): CodedReason<SafetyCode> {
  const unknown = {
    code: 'safety-unknown' as const,
    message: 'The state of the guards is not known.',
    remedy: { text: 'Wait until the machine answers.' },
  };
  return safetyReasons[regions.safety] ?? unknown;
}

/** What leads out of a state when a command needs another one. */
const waysOut: Partial<Readonly<Record<ExecutionState, NonNullable<CodedReason<string>['remedy']>>>> = {
  Aborted: { text: 'Clear the machine.', command: 'CLEAR' },
  Stopped: { text: 'Reset the machine.', command: 'RESET' },
  Complete: { text: 'Reset the machine.', command: 'RESET' },
  Idle: { text: 'Start a job.', command: 'START' },
  Execute: { text: 'Wait for the end of the job, hold it, or end it.', command: 'STOP' },
  Held: { text: 'Go on with the job, or end it.', command: 'UNHOLD' },
  Suspended: { text: 'Go on with the job, or end it.', command: 'UNSUSPEND' },
};

function stateReason({ regions, input }: EquipmentContext, rule: CommandRule): CodedReason<'wrong-state'> {
  const way = waysOut[regions.execution];
  const offered = way?.command === undefined || ruleOf(input.profile, way.command) !== null;
  return {
    code: 'wrong-state',
    message: `The machine is in ${regions.execution}; this needs ${list(rule.states)}.`,
    remedy: way && offered ? way : { text: 'Wait until the machine has got there.' },
  };
}

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words[words.length - 1]}`;
}

function modeFits(facts: EquipmentContext, rule: CommandRule): boolean {
  const mode = baseMode(facts);
  return rule.modes === undefined || rule.modes.some(allowed => allowed === mode);
}

/** A running activity does not change the mode: it is refused by its own restriction. */
function baseMode(facts: EquipmentContext): EquipmentContext['regions']['mode'] {
  return facts.regions.mode.startsWith('setup') ? 'setup.ready' : facts.regions.mode;
}

function modeReason(facts: EquipmentContext, rule: CommandRule): CodedReason<'wrong-mode'> {
  const needed = rule.modes?.[0]?.split('.')[0] ?? 'processing';
  return {
    code: 'wrong-mode',
    message: `The machine is in ${facts.regions.mode.split('.')[0]} mode; this needs ${needed}.`,
    remedy: { text: `Change to ${needed} mode.`, command: 'SET_MODE', args: { mode: needed } },
  };
}

/** The motion under way in setup mode, or null. */
function activityOf(facts: EquipmentContext): string | null {
  const words: Readonly<Record<string, string>> = {
    'setup.homing': 'homing',
    'setup.jogging': 'jogging',
    'setup.mdi': 'running a typed line',
  };
  return words[facts.regions.mode] ?? null;
}
