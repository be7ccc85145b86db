import { deEnergise, energise, type Machine, type Overrides } from './machine.ts';

/** What a realtime byte asks of the controller beyond the shared record. */
export type RealtimeAnswer = 'done' | 'soft-reset' | 'homing-door';

/** True for bytes that act at once and never enter the receive buffer; so do all other bytes from 0x80 on, which do nothing. */
export function isRealtime(byte: number): boolean {
  return byte >= 0x80 || byte === 0x18 || byte === 0x21 || byte === 0x3f || byte === 0x7e;
}

/** Acts on one realtime byte (doc/markdown/commands.md). */
export function realtime(machine: Machine, byte: number): RealtimeAnswer {
  if (byte === 0x18) return 'soft-reset';
  if (byte === 0x84) return safetyDoor(machine);
  if (byte === 0x3f) machine.statusAsked = true;
  else if (byte === 0x21) feedHold(machine);
  else if (byte === 0x7e) cycleStart(machine);
  else if (byte === 0x85) cancelJog(machine);
  else if (byte === 0x9e) toggleSpindleStop(machine);
  else if (byte === 0xa0) toggleCoolant(machine, 'flood');
  else if (byte === 0xa1) toggleCoolant(machine, 'mist');
  else changeOverride(machine, byte);
  return 'done';
}

function feedHold(machine: Machine): void {
  if (machine.state === 'Jog') cancelJog(machine);
  else if (machine.state === 'Idle' || machine.state === 'Run') {
    machine.state = 'Hold';
    machine.motion.brake();
  }
}

function cancelJog(machine: Machine): void {
  if (machine.state !== 'Jog') return;
  machine.cancelling = true;
  machine.motion.brake();
}

function cycleStart(machine: Machine): void {
  if (machine.state === 'Door') beginRestoring(machine);
  if (machine.state !== 'Hold' || machine.motion.moving) return;
  if (machine.spindleStopped) {
    machine.emit('[MSG:Restoring spindle]\r\n');
    machine.spindleStopped = false;
  }
  goOn(machine);
}

/** Leaves a hold or a door: on with what is queued, or idle. */
function goOn(machine: Machine): void {
  machine.state = machine.motion.queued > 0 ? 'Run' : 'Idle';
  if (machine.state === 'Run') machine.motion.run();
}

const spindleDelay = 4000;
const coolantDelay = 1000;

function beginRestoring(machine: Machine): void {
  if (machine.door !== 'standing' || machine.pins.has('D')) return;
  const { spindle, flood, mist } = machine.modal;
  machine.door = 'restoring';
  machine.restoreLeft = (spindle === 5 ? 0 : spindleDelay) + (flood || mist ? coolantDelay : 0);
}

/** The delay of `Door:3` is over: spindle and coolant are back, the motion goes on. */
export function endRestoring(machine: Machine): void {
  energise(machine);
  goOn(machine);
}

/** The door pin or byte 0x84: stops everything, also spindle and coolant. */
export function safetyDoor(machine: Machine): RealtimeAnswer {
  if (machine.state === 'Home') return 'homing-door';
  if (machine.state === 'Alarm' || machine.state === 'Check' || machine.state === 'Sleep') return 'done';
  machine.emit('[MSG:Check Door]\r\n');
  if (machine.state === 'Jog') {
    machine.doorAfterCancel = true;
    cancelJog(machine);
  } else if (machine.state !== 'Door' || machine.door === 'restoring') enterDoor(machine);
  return 'done';
}

/** Into Door: slowing down first, or at once with everything off. */
export function enterDoor(machine: Machine): void {
  machine.state = 'Door';
  machine.motion.brake();
  machine.door = machine.motion.moving ? 'stopping' : 'standing';
  if (machine.door === 'standing') deEnergise(machine);
}

function toggleSpindleStop(machine: Machine): void {
  if (machine.state !== 'Hold' || machine.motion.moving || machine.spindle === 5) return;
  if (machine.spindleStopped) machine.emit('[MSG:Restoring spindle]\r\n');
  machine.spindleStopped = !machine.spindleStopped;
  machine.reportsUntilOverrides = 0;
}

function toggleCoolant(machine: Machine, kind: 'flood' | 'mist'): void {
  if (machine.state !== 'Idle' && machine.state !== 'Run' && machine.state !== 'Hold') return;
  machine.modal[kind] = !machine.modal[kind];
  machine[kind] = machine.modal[kind];
  machine.reportsUntilOverrides = 0;
}

const steps: ReadonlyMap<number, readonly [keyof Overrides, 'set' | 'add', number]> = new Map([
  [0x90, ['feed', 'set', 100]],
  [0x91, ['feed', 'add', 10]],
  [0x92, ['feed', 'add', -10]],
  [0x93, ['feed', 'add', 1]],
  [0x94, ['feed', 'add', -1]],
  [0x95, ['rapid', 'set', 100]],
  [0x96, ['rapid', 'set', 50]],
  [0x97, ['rapid', 'set', 25]],
  [0x99, ['spindle', 'set', 100]],
  [0x9a, ['spindle', 'add', 10]],
  [0x9b, ['spindle', 'add', -10]],
  [0x9c, ['spindle', 'add', 1]],
  [0x9d, ['spindle', 'add', -1]],
]);

function changeOverride(machine: Machine, byte: number): void {
  const step = steps.get(byte);
  if (step === undefined) return;
  const [name, kind, value] = step;
  const wanted = kind === 'set' ? value : machine.overrides[name] + value;
  const next = Math.min(200, Math.max(10, wanted));
  if (next === machine.overrides[name]) return;
  machine.overrides[name] = next;
  machine.reportsUntilOverrides = 0;
  machine.motion.override(machine.overrides.feed, machine.overrides.rapid);
}
