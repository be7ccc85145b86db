import type { Machine } from './machine.ts';
import { setting } from './settings.ts';

/** `$32`: S is the power of a beam and not the speed of a spindle (gnea/grbl doc/markdown/laser_mode.md). */
export function isLaser(machine: Pick<Machine, 'settings'>): boolean {
  return setting(machine.settings, 32) === 1;
}

/** Motion modes with the beam on: G1, G2 and G3. Rapids and probing never burn. */
export function burns(motion: number): boolean {
  return motion === 1 || motion === 2 || motion === 3;
}

/**
 * S of the beam right now, before override and limits. M3 keeps it constant, also at rest in a burning mode; M4 follows the speed, so
 * that a tool at rest never burns.
 */
export function beamAsked(machine: Machine): number {
  const { running } = machine.motion;
  if (machine.spindle === 4) return running === null ? 0 : running.power * running.share;
  if (running !== null) return running.power;
  return burns(machine.modal.motion) ? machine.modal.speed : 0;
}

/**
 * The firmware switches the beam off as soon as a hold stands still, once (config.h, DISABLE_LASER_DURING_HOLD). Without `$32=1` it
 * stays on.
 */
export function settleBeam(machine: Machine): void {
  const standing = machine.state === 'Hold' && !machine.motion.moving;
  if (standing && !machine.beamHeld && isLaser(machine) && machine.spindle !== 5) {
    machine.spindleStopped = true;
    machine.reportsUntilOverrides = 0;
  }
  machine.beamHeld = standing;
}
