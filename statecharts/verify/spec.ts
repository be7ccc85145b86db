import type { CommandName } from '../equipment/commands.ts';
import type { Regions } from '../equipment/context.ts';
import type { DeviceEffect } from '../equipment/effects.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { producingStates } from '../equipment/packml.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import type { Configuration, Step } from './step.ts';

/**
 * What the chart is held against. Written down a second time on purpose, from the design and not from the command rules: a permit
 * that is dropped there is missed here.
 */
const permitP: readonly RestrictionId[] = ['journal', 'authority', 'connection', 'safety', 'latch', 'role', 'control', 'state'];
const byHand: readonly RestrictionId[] = [...permitP, 'mode', 'activity', 'device-idle'];

/** The commands that may move the machine, each with every restriction that must be able to refuse it alone. */
export const requiredPermits: Partial<Readonly<Record<CommandName, readonly RestrictionId[]>>> = {
  START: [...permitP, 'mode', 'capability-program', 'job-loaded', 'homed', 'offsets-unchanged', 'modes-reset', 'envelope', 'presence'],
  UNHOLD: [...permitP, 'mode', 'presence-after-guard'],
  UNSUSPEND: [...permitP, 'mode', 'presence-after-guard'],
  COMPLETE: [...permitP, 'mode', 'presence-after-guard'],
  HOME: [...byHand, 'capability-home'],
  JOG: [...byHand, 'capability-jog', 'jog-direction', 'jog-unhomed'],
  MDI: [...byHand, 'capability-mdi'],
};

/** Which event each effect that moves may come from: commands, and the end of a planned hand-over. */
const motionFrom: Partial<Readonly<Record<DeviceEffect['type'], readonly (CommandName | 'authority.continued')[]>>> = {
  'device.program.run': ['START', 'authority.continued'],
  'device.resume': ['UNHOLD', 'UNSUSPEND'],
  'device.program.finish': ['COMPLETE'],
  'device.home': ['HOME'],
  'device.jog': ['JOG'],
  'device.mdi': ['MDI'],
};

/** Effects after which a program or a typed line may turn the spindle or the beam on. */
export function turnsOn(effect: string): boolean {
  return ['device.program.run', 'device.resume', 'device.program.finish', 'device.mdi'].includes(effect);
}

export function guardIsOpen(configuration: Configuration): boolean {
  return regionsOf(configuration).safety === 'guardOpen';
}

export function regionsOf({ facts }: Configuration): Regions {
  return facts.regions;
}

/** `setup` for all that happens in setup. */
export function baseMode(configuration: Configuration): string {
  return regionsOf(configuration).mode.split('.')[0] ?? '';
}

export function entersProducing(before: Configuration, after: Configuration): boolean {
  return !producingStates.includes(regionsOf(before).execution) && producingStates.includes(regionsOf(after).execution);
}

/** Effects that move the machine. */
export function motionOf(after: Step): readonly string[] {
  return after.effects.flatMap(effect => (effect.type in motionFrom ? [effect.type] : []));
}

/** Does the event mean this motion, in the mode it belongs to? */
export function allowsMotion(event: EquipmentEvent, effect: string, before: Configuration): boolean {
  const from: readonly string[] = motionFrom[effect as DeviceEffect['type']] ?? [];
  if (event.type === 'authority.continued' && regionsOf(before).execution !== 'Execute') return false;
  const manual = effect === 'device.home' || effect === 'device.jog' || effect === 'device.mdi';
  return from.includes(event.type) && baseMode(before) === (manual ? 'setup' : 'processing');
}

/** What forbids motion in the regions themselves; null when nothing does. */
export function clearanceLost(configuration: Configuration): string | null {
  const { connection, safety, stopLatch } = regionsOf(configuration);
  if (configuration.facts.indeterminate !== null) return 'the state of the machine in doubt';
  if (connection !== 'online') return `connection ${connection}`;
  if (safety !== 'normal' && safety !== 'notObserved') return `safety ${safety}`;
  return stopLatch === 'latched' ? 'the stop latched' : null;
}
