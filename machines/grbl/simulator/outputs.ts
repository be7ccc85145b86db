import { burns, isLaser } from './beam.ts';
import { energise, type Machine, offsetChanged, type Program } from './machine.ts';
import type { Modal } from './modal.ts';

/** The modes that a line asks for, and whether it also moves. */
export interface Change {
  readonly modal: Modal;
  readonly moves: boolean;
}

/**
 * Takes over the modes of a line. Spindle, coolant and offsets change only when everything queued before has run; the power of a
 * laser goes with the motion.
 */
export function* changeOutputs(machine: Machine, change: Change): Program {
  const { modal } = change;
  const before = machine.modal;
  const spindle = modal.spindle !== before.spindle || (modal.spindle !== 5 && modal.speed !== before.speed);
  const waits = isLaser(machine) ? beamWaits(machine, change) : spindle;
  const coolant = modal.flood !== before.flood || modal.mist !== before.mist;
  if (waits || coolant || modal.system !== before.system) yield { for: 'empty' };
  machine.modal = modal;
  const changed = spindle || coolant;
  if (changed && machine.state !== 'Check') energise(machine);
  if (changed) machine.reportsUntilOverrides = 0;
  if (modal.system !== before.system) offsetChanged(machine);
}

/** M3, M4, M5, and without a motion whatever changes the constant power of M3 (doc/markdown/laser_mode.md). */
function beamWaits({ modal: before }: Machine, { modal, moves }: Change): boolean {
  if (modal.spindle !== before.spindle) return true;
  return modal.spindle === 3 && !moves && (modal.speed !== before.speed || burns(modal.motion) !== burns(before.motion));
}

/** M0 holds after everything queued has run, its `ok` comes after the cycle start; M2 and M30 go back to the modes of the start. */
export function* endOfProgram(machine: Machine, flow: number | null): Program {
  if (flow === null) return;
  yield { for: 'empty' };
  if (flow === 0) {
    if (machine.state !== 'Check') machine.state = 'Hold';
    yield { for: 'empty' };
    return;
  }
  Object.assign(machine.modal, { motion: 1, plane: 17, distance: 90, feedMode: 94, system: 54, spindle: 5, flood: false, mist: false });
  Object.assign(machine.overrides, { feed: 100, rapid: 100, spindle: 100 });
  machine.motion.override(100, 100);
  if (machine.state !== 'Check') energise(machine);
  offsetChanged(machine);
  machine.emit('[MSG:Pgm End]\r\n');
}
