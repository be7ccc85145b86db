import type { ProfileName } from '../profiles/profile.ts';

/** Why something of the chart is never met, and rightly so. */
interface Explained {
  /** The whole name, as the report has it. */
  readonly what: RegExp;
  readonly families: readonly ProfileName[];
  readonly why: string;
}

const explained: readonly Explained[] = [
  {
    what: /^restriction (RESET|SET_MODE|DISCONNECT|TAKE_OUT_OF_SERVICE) activity false$/,
    families: ['process', 'switch'],
    why: 'the rule is common to all families, and this one has no motion by hand',
  },
];

export interface Unmet {
  readonly name: string;
  /** Null: nobody has said why. */
  readonly why: string | null;
}

/** Each name that was never met, with the reason; and the explanations that this family does not need. */
export function explain(
  profile: ProfileName,
  names: readonly string[],
): { readonly unmet: readonly Unmet[]; readonly idle: readonly string[] } {
  const own = explained.filter(({ families }) => families.includes(profile));
  const unmet = names.map(name => ({ name, why: own.find(({ what }) => what.test(name))?.why ?? null }));
  return { unmet, idle: own.filter(({ what }) => !names.some(name => what.test(name))).map(({ what }) => what.source) };
}
