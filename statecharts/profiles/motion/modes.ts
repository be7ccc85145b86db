import type { CodedReason } from '../../refusal.ts';

/** What a mode means to a person who wonders why a program may not start (RS-274 as GRBL and LinuxCNC have it). */
const modeWords: Readonly<Record<string, string>> = {
  G2: 'traces arcs (G2)',
  G3: 'traces arcs (G3)',
  G80: 'has no kind of motion (G80)',
  G18: 'is in the XZ plane (G18)',
  G19: 'is in the YZ plane (G19)',
  G20: 'is in inches (G20)',
  G91: 'moves by distances (G91)',
  G93: 'takes feeds as inverse time (G93)',
  G43: 'adds a tool length (G43)',
  'G43.1': 'adds a tool length (G43.1)',
  M3: 'has its beam switched on (M3)',
  M4: 'has its beam switched on (M4)',
  ...Object.fromEntries(['G55', 'G56', 'G57', 'G58', 'G59'].map(name => [name, `uses the work offset ${name}`])),
};

const checkedFor = 'mm (G21), places (G90), the XY plane (G17), feed per minute (G94), the work offset G54 and no tool length';

/** Why a program may not start in these modes; the remedy is the typed line that sets the checked ones. Null: they are not known. */
export function modesReason(changed: readonly string[] | null): CodedReason<'modes-unknown' | 'modes-changed'> {
  if (changed === null) {
    return {
      code: 'modes-unknown',
      message: 'The modes that the controller is in (inches, work offset ...) have not been read.',
      remedy: { text: 'Wait a moment; if that does not help, abort and clear the machine.' },
    };
  }
  const line = lineBack(changed);
  const words = changed.map(mode => modeWords[mode] ?? `is in ${mode}`);
  return {
    code: 'modes-changed',
    message: `The controller ${words.join(' and ')}; programs are checked for ${checkedFor}.`,
    remedy: { text: `In setup mode, send ${line}`, command: 'MDI', args: { line } },
  };
}

/** G49 is an axis command to GRBL, as G0 is: it refuses both in one line (gcode.c), so the tool length goes first. */
function lineBack(changed: readonly string[]): string {
  const first = changed.some(mode => mode.startsWith('G43')) ? 'G49' : 'G0';
  const dark = changed.some(mode => mode === 'M3' || mode === 'M4') ? ' M5' : '';
  return `${first} G17 G21 G90 G94 G54${dark}`;
}
