import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { origin } from '../../gcode/axes.ts';
import { defaultParameters, initialModal, type Modal, type Parameters } from './modal.ts';
import { Motion } from './motion.ts';
import { type Settings, settingsOf } from './settings.ts';

/** The state words of the status report. */
export type State = 'Idle' | 'Run' | 'Hold' | 'Jog' | 'Alarm' | 'Door' | 'Check' | 'Home' | 'Sleep';

/** What the main program of the controller waits for. `scaled` waits run on machine time and stand still during a hold. */
export type Wait =
  | { readonly for: 'line' }
  | { readonly for: 'space' }
  | { readonly for: 'empty' }
  | { readonly for: 'stand' }
  | { readonly for: 'time'; readonly ms: number; readonly scaled: boolean }
  /** For ever; only a soft reset leads on. */
  | { readonly for: 'reset' };

export type Program = Generator<Wait, void, void>;
/** Runs one line; its value is GRBL's status, 0 for `ok`. */
export type LineProgram = Generator<Wait, number, void>;

export interface Overrides {
  feed: number;
  rapid: number;
  spindle: number;
}

/** Everything one simulated controller and its mill are, as plain data that the parts below share. */
export interface Machine {
  readonly settings: Settings;
  readonly parameters: Parameters;
  readonly motion: Motion;
  readonly overrides: Overrides;
  readonly startup: [string, string];
  /** Letters of triggered inputs, `XYZPDHRS`. */
  readonly pins: Set<string>;
  /** Text behind the version in `$I`. */
  name: string;
  modal: Modal;
  state: State;
  /** Only in Door; sub-states 2, then 1 (door open) or 0 (closed), then 3. */
  door: 'stopping' | 'standing' | 'restoring';
  /** Ms of machine time until the spindle is up again after a door; counts in `restoring`. */
  restoreLeft: number;
  /** A jog was cancelled and slows down; ends in Idle, or in Door when one opened meanwhile. */
  cancelling: boolean;
  doorAfterCancel: boolean;
  /** What really turns and flows now (a door or an override may have stopped what the modes ask for). */
  spindle: 3 | 4 | 5;
  spindleStopped: boolean;
  /** The beam of a laser was seen to in the hold that stands. */
  beamHeld: boolean;
  flood: boolean;
  mist: boolean;
  /** Busy in a way that no `?` is answered: homing, and after a critical alarm. */
  deaf: boolean;
  /** Something that answers `0x18` only later is under way (the half second after `ALARM`). */
  resetPending: boolean;
  homed: boolean;
  /** Where the parser believes the tool to be in check mode, which moves nothing. */
  checkedTo: Axes;
  /** Set by `$RST` and by leaving `$C`: a soft reset follows the answer. */
  resetAfterLine: boolean;
  statusAsked: boolean;
  reportsUntilOffset: number;
  reportsUntilOverrides: number;
  emit(text: string): void;
}

/** A mill, or the same machine with a laser. */
export type MachineKind = 'mill' | 'laser';

export interface MachineOrder {
  /** Behind the version in `$I`. */
  readonly name: string;
  readonly kind: MachineKind;
  readonly emit: (text: string) => void;
}

/** A machine just powered up, at machine position zero, which it believes until it is homed. */
export function createMachine({ name, kind, emit }: MachineOrder): Machine {
  const settings = settingsOf(kind);
  return {
    settings,
    parameters: defaultParameters(),
    motion: new Motion(settings, origin),
    overrides: { feed: 100, rapid: 100, spindle: 100 },
    startup: ['', ''],
    pins: new Set(),
    name,
    modal: initialModal(),
    state: 'Alarm',
    door: 'standing',
    restoreLeft: 0,
    cancelling: false,
    doorAfterCancel: false,
    spindle: 5,
    spindleStopped: false,
    beamHeld: false,
    flood: false,
    mist: false,
    deaf: false,
    resetPending: false,
    homed: false,
    checkedTo: origin,
    resetAfterLine: false,
    statusAsked: false,
    reportsUntilOffset: 0,
    reportsUntilOverrides: 0,
    emit,
  };
}

/** Suspended: the main program stands still, no line is taken, no `ok` is given. */
export function suspended(machine: Machine): boolean {
  return machine.state === 'Hold' || machine.state === 'Door' || machine.state === 'Sleep' || machine.cancelling;
}

/** Spindle, coolant off. */
export function deEnergise(machine: Machine): void {
  machine.spindle = 5;
  machine.spindleStopped = false;
  machine.flood = false;
  machine.mist = false;
}

/** Spindle and coolant as the modes ask. */
export function energise(machine: Machine): void {
  machine.spindle = machine.modal.spindle;
  machine.spindleStopped = false;
  machine.flood = machine.modal.flood;
  machine.mist = machine.modal.mist;
}

/** The next report carries WCO, as after every change of an offset. */
export function offsetChanged(machine: Machine): void {
  machine.reportsUntilOffset = 0;
}
