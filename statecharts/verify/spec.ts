import type { CommandName } from '../equipment/commands.ts';
import type { Regions } from '../equipment/context.ts';
import type { DeviceEffect } from '../equipment/effects.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { producingStates } from '../equipment/packml.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import type { ProfileName } from '../profiles/profile.ts';
import type { Configuration, Step } from './step.ts';

/**
 * What the chart is held against. Written down a second time on purpose, from the design and not from the command rules: a permit
 * that is dropped there is missed here.
 */
const permitP: readonly RestrictionId[] = [
  'journal',
  'authority',
  'connection',
  'safety',
  'latch',
  'in-service',
  'role',
  'control',
  'state',
];
const site: readonly RestrictionId[] = ['interlocks', 'site', 'booking', 'qualification'];
const byHand: readonly RestrictionId[] = [...permitP, 'mode', 'activity', 'device-idle'];
const goOn: readonly RestrictionId[] = [...permitP, 'mode', ...site, 'presence-after-guard'];
const start: readonly RestrictionId[] = [...permitP, 'mode', 'capability-program', 'job-loaded', 'device-idle', ...site, 'presence'];
const placed: readonly RestrictionId[] = ['homed', 'offsets-unchanged', 'modes-reset', 'envelope'];
const hands = {
  HOME: [...byHand, 'capability-home'],
  JOG: [...byHand.filter(id => id !== 'safety'), 'safety-or-guard', 'jog-guard', 'capability-jog', 'jog-direction', 'jog-unhomed'],
  MDI: [...byHand, 'capability-mdi'],
} as const satisfies Permits;
const running = { START: start, UNHOLD: goOn, UNSUSPEND: goOn, COMPLETE: goOn } as const satisfies Permits;
const armed = Object.fromEntries(Object.entries(running).map(([name, permits]) => [name, [...permits, 'armed' as const]]));

type Permits = Partial<Readonly<Record<CommandName, readonly RestrictionId[]>>>;

/** The commands of a family that may move, heat or energise it, each with every restriction that must be able to refuse it alone. */
export const requiredPermits: Readonly<Record<ProfileName, Permits>> = {
  motion: { ...running, ...hands, START: [...start, ...placed] },
  laser: { ...armed, ...hands, START: [...start, ...placed, 'armed'] },
  printer: { ...running, ...hands, SET_TEMPERATURE: [...permitP, 'capability-temperature', 'temperature-limit'] },
  process: { ...running, WRITE_REGISTER: [...permitP, 'capability-register', ...site, 'register-limit'] },
  switch: { SWITCH_ON: [...permitP, 'capability-switch', ...site, 'output-off'] },
};

/** Which event each effect that moves, heats or energises may come from: commands, and the end of a planned hand-over. */
const motionFrom: Partial<Readonly<Record<DeviceEffect['type'], readonly (CommandName | 'authority.continued')[]>>> = {
  'device.program.run': ['START', 'authority.continued'],
  'device.resume': ['UNHOLD', 'UNSUSPEND'],
  'device.program.finish': ['COMPLETE'],
  'device.home': ['HOME'],
  'device.jog': ['JOG'],
  'device.mdi': ['MDI'],
  'device.temperature': ['SET_TEMPERATURE'],
  'device.register': ['WRITE_REGISTER'],
  'device.switch': ['SWITCH_ON'],
};
const inSetup: readonly string[] = ['device.home', 'device.jog', 'device.mdi'];
const anyMode: readonly string[] = ['device.temperature', 'device.register', 'device.switch'];

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
  return after.effects.flatMap(effect => (effect.type in motionFrom && !('on' in effect && !effect.on) ? [effect.type] : []));
}

/** Does the event mean this motion, in the mode it belongs to? */
export function allowsMotion(event: EquipmentEvent, effect: string, before: Configuration): boolean {
  const from: readonly string[] = motionFrom[effect as DeviceEffect['type']] ?? [];
  if (event.type === 'authority.continued' && !(regionsOf(before).execution === 'Execute' && before.facts.run?.result === 'running'))
    return false;
  if (!from.includes(event.type)) return false;
  return anyMode.includes(effect) || baseMode(before) === (inSetup.includes(effect) ? 'setup' : 'processing');
}

/** What forbids motion in the regions themselves; null when nothing does. A slow jog may pass an open guard. */
export function clearanceLost(configuration: Configuration, command?: string): string | null {
  const { connection, safety, stopLatch } = regionsOf(configuration);
  if (configuration.facts.indeterminate !== null) return 'the state of the machine in doubt';
  if (connection !== 'online') return `connection ${connection}`;
  const passes = safety === 'normal' || safety === 'notObserved' || (command === 'JOG' && safety === 'guardOpen');
  if (!passes) return `safety ${safety}`;
  return stopLatch === 'latched' ? 'the stop latched' : null;
}
