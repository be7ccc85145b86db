/**
 * Why a mutant that nothing kills is no wrong chart at all. A reason is believed only where the mutant was also seen to do exactly what the
 * right chart does, in everything that can happen anywhere (`alike` of a verdict): it says why that is so, it is no excuse.
 */
interface Explained {
  /** Of the mutant's name without its family. */
  readonly mutant: RegExp;
  readonly reason: string;
}

const explained: readonly Explained[] = [
  {
    mutant: /^argument mode of mode\.\w+ SET_MODE 1$/,
    reason: 'of the three modes one is tried before and one is the present, which mode-change refuses: the third is left',
  },
  {
    mutant: /^clause alarm of alarms\.(active|acknowledged) device\.condition 1$/,
    reason: 'taking away an alarm that does not stand takes nothing away',
  },
  {
    mutant: /^drop execution\.Clearing device\.condition 0$/,
    reason:
      'it leads nowhere and does nothing, and nothing around Clearing would answer in its place: it only replaces the faults of other states',
  },
  {
    mutant: /^drop execution\.(Completing|Holding|Held|Suspending|Suspended) program\.ended 1$/,
    reason: 'it stays where it is, and around all states the end of a program is written down and told in the same way',
  },
  {
    mutant: /^swap connection link\.lost 0 with the next$/,
    reason: 'both lead to stale; where both hold the machine is in doubt already, and a doubt keeps its time',
  },
  {
    mutant: /^swap beam\.(armed|firing) device\.chain 0 with the next$/,
    reason: 'both put the beam out and do nothing else',
  },
  {
    mutant: /^clause on of (output|heat) device\.(output|heat) 1$/,
    reason: 'it is tried after the report of on: what is not on is off',
  },
];

/** Why the mutant of this name is the right chart in other words; null when nobody has said why. */
export function reasonOf(id: string): string | null {
  const name = id.slice(id.indexOf(': ') + 2);
  return explained.find(one => one.mutant.test(name))?.reason ?? null;
}
