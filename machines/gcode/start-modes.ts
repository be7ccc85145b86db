/**
 * The modes from which a program's way is computed: those after a reset. G1 counts as G0: M2 and M30 leave it behind in GRBL, and both
 * go straight to the same place. Programs are sent as they were checked, so nothing is sent in front to set the modes: a controller
 * in others must be brought back before it starts.
 */
const startModes: readonly (readonly string[])[] = [['G0', 'G1'], ['G17'], ['G21'], ['G90'], ['G94'], ['G54']];

/** Modes that other builds name as well and that change nothing about the way. */
const harmless: readonly string[] = ['G8', 'G40', 'G49', 'G50', 'G61', 'G91.1', 'G97', 'G98', 'G99'];

/**
 * The modes among `words` (a controller's own list, `G0 G54 G17 ... F0`) that a program must not start in; null when the list is not
 * whole, so that nothing is known. Only G words count: spindle, coolant, feed and tool move nothing.
 */
export function changedModes(words: readonly string[]): readonly string[] | null {
  const expected = startModes.flat();
  const changed = words.filter(word => word.startsWith('G') && !expected.includes(word) && !harmless.includes(word));
  const whole = startModes.every(group => group.some(word => words.includes(word)));
  return changed.length > 0 || whole ? changed : null;
}
