import { axisNames, lengthOf, mapAxes, subtractAxes } from '../../gcode/axes.ts';
import { executeGcode, executeJog } from './execute.ts';
import { deEnergise, type LineProgram, type Machine, type Program } from './machine.ts';
import { defaultParameters } from './modal.ts';
import { defaultSettings, setting, settingLines, storeSetting } from './settings.ts';
import { modesLine, parameterLines } from './status.ts';
import { homePosition } from './travel.ts';

const help = '[HLP:$$ $# $G $I $N $x=val $Nx=line $J=line $SLP $C $X $H ~ ! ? ctrl-x]';

/** Runs one `$` line (upper case, no white space); its value is GRBL's status. */
export function* executeCommand(machine: Machine, line: string): LineProgram {
  if (line.startsWith('$J')) return yield* jog(machine, line);
  const always = alwaysAllowed[line];
  if (always !== undefined) return always(machine);
  if (machine.state !== 'Idle' && machine.state !== 'Alarm') return 8;
  if (line === '$H') return yield* home(machine);
  if (/^\$N\d+=/.test(line)) return yield* storeStartupLine(machine, line);
  const atRest = allowedAtRest[line];
  return atRest === undefined ? storeValue(machine, line) : atRest(machine);
}

type Answer = (machine: Machine) => number;

const alwaysAllowed: Readonly<Record<string, Answer>> = {
  $: machine => print(machine, [help]),
  $$: machine => (machine.state === 'Run' || machine.state === 'Hold' ? 8 : print(machine, settingLines(machine.settings))),
  $G: machine => print(machine, [modesLine(machine.modal)]),
  $C: toggleCheck,
  $X: unlock,
};

const allowedAtRest: Readonly<Record<string, Answer>> = {
  '$#': machine => print(machine, parameterLines(machine)),
  $I: machine => print(machine, [`[VER:1.1h.20190830:${machine.name}]`, '[OPT:VM+,15,128]']),
  $N: machine =>
    print(
      machine,
      machine.startup.map((line, i) => `$N${i}=${line}`),
    ),
  $SLP: sleep,
  '$RST=$': machine => restore(machine, restoreSettings),
  '$RST=#': machine => restore(machine, restoreParameters),
  '$RST=*': machine => restore(machine, restoreSettings, restoreParameters),
};

function print(machine: Machine, lines: readonly string[]): number {
  for (const line of lines) machine.emit(`${line}\r\n`);
  return 0;
}

function toggleCheck(machine: Machine): number {
  if (machine.state === 'Check') {
    machine.resetAfterLine = true;
    return print(machine, ['[MSG:Disabled]']);
  }
  if (machine.state !== 'Idle') return 8;
  machine.checkedTo = machine.motion.planned;
  machine.state = 'Check';
  return print(machine, ['[MSG:Enabled]']);
}

/** `$X`: unlocks without knowing where the tool is. */
function unlock(machine: Machine): number {
  if (machine.state !== 'Alarm') return 0;
  if (machine.pins.has('D')) return 13;
  machine.state = 'Idle';
  return print(machine, ['[MSG:Caution: Unlocked]']);
}

function sleep(machine: Machine): number {
  deEnergise(machine);
  machine.homed = false;
  machine.state = 'Sleep';
  return print(machine, ['[MSG:Sleeping]']);
}

function restore(machine: Machine, ...parts: readonly ((machine: Machine) => void)[]): number {
  for (const part of parts) part(machine);
  machine.resetAfterLine = true;
  return print(machine, ['[MSG:Restoring defaults]']);
}

function restoreSettings(machine: Machine): void {
  for (const [number, value] of defaultSettings()) machine.settings.set(number, value);
}

function restoreParameters(machine: Machine): void {
  for (const [name, offset] of defaultParameters().systems) machine.parameters.systems.set(name, offset);
}

function* jog(machine: Machine, line: string): LineProgram {
  if (machine.state !== 'Idle' && machine.state !== 'Jog') return 8;
  if (!line.startsWith('$J=')) return 3;
  return yield* executeJog(machine, line.slice(3));
}

function* home(machine: Machine): LineProgram {
  if (setting(machine.settings, 22) === 0) return 5;
  if (machine.pins.has('D')) return 13;
  machine.state = 'Home';
  machine.deaf = true;
  yield { for: 'time', ms: homingTime(machine), scaled: true };
  machine.motion.place(homePosition(machine));
  machine.deaf = false;
  machine.homed = true;
  machine.state = 'Idle';
  yield* runStartupLines(machine);
  return 0;
}

/** Ms: across the travel at seek speed, Z first, then back and forth at the slow speed with the switches' settling. */
function homingTime(machine: Machine): number {
  const travel = mapAxes(axis => setting(machine.settings, 130 + axisNames.indexOf(axis)));
  const there = homePosition(machine);
  const here = machine.homed ? machine.motion.position : mapAxes(axis => -travel[axis] / 3);
  const way = subtractAxes(there, here);
  const seek = (Math.abs(way.z) + lengthOf({ ...way, z: 0 })) / setting(machine.settings, 25);
  const locate = (2 * 3 * setting(machine.settings, 27)) / setting(machine.settings, 24);
  return (seek + locate) * 60_000 + 4 * setting(machine.settings, 26);
}

/** The stored lines run after a start into Idle and after homing, never after an unlock. Their answers are no replies. */
export function* runStartupLines(machine: Machine): Program {
  for (const line of machine.startup) {
    if (line === '') continue;
    const status = yield* executeGcode(machine, line);
    machine.emit(`>${line}:${status === 0 ? 'ok' : `error:${status}`}\r\n`);
  }
}

function* storeStartupLine(machine: Machine, line: string): LineProgram {
  if (machine.state !== 'Idle') return 8;
  const [, number, text] = /^\$N(\d+)=(.*)$/.exec(line) ?? [];
  if (text === undefined || (number !== '0' && number !== '1')) return 3;
  const status = text === '' ? 0 : yield* executeGcode(machine, text);
  if (status === 0) machine.startup[number === '0' ? 0 : 1] = text;
  return status;
}

/** `$n=value` and `$I=text`. */
function storeValue(machine: Machine, line: string): number {
  if (line.startsWith('$I=')) {
    machine.name = line.slice(3);
    return 0;
  }
  const [, number, value] = /^\$(\d+(?:\.\d*)?)=(-?(?:\d+\.?\d*|\.\d+))$/.exec(line) ?? [];
  if (number === undefined || value === undefined) return /^\$\d/.test(line) ? 2 : 3;
  return storeSetting(machine.settings, Math.trunc(Number(number)), Number(value));
}
