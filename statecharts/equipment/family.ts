import { type Profile, type ProfileName, profiles } from '../profiles/profile.ts';
import { ruleOf } from '../profiles/rules.ts';
import type { Hazard, Permit } from './command-rule.ts';
import type { CommandName } from './commands.ts';
import type { PermitsParams } from './guards.ts';

/** What every command transition carries for people and for the lint. */
export interface CommandMeta {
  readonly command: CommandName;
  readonly hazard: Hazard;
  readonly permit: Permit;
  readonly stopCategory?: string;
}

/** The guard and meta of a command, from its one rule; spread into the transition. */
export interface Permitted {
  readonly guard: { readonly type: 'permits'; readonly params: PermitsParams };
  readonly meta: CommandMeta;
}

/** What the regions of one family's chart are built from. */
export interface Family {
  readonly profile: Profile;
  /** `pick` chooses one of several targets of one command. Throws for a command that the family does not have: a chart names none. */
  permitted(command: CommandName, pick?: Omit<PermitsParams, 'restrictions'>): Permitted;
}

/** The family of a profile. */
export function familyOf(name: ProfileName): Family {
  return {
    profile: profiles[name],
    permitted(command, pick = {}) {
      const rule = ruleOf(name, command);
      if (rule === null) throw new Error(`The profile ${name} has no ${command}.`);
      const { restrictions, hazard, permit, stopCategory } = rule;
      const meta = { command, hazard, permit, ...(stopCategory === undefined ? {} : { stopCategory }) };
      return { guard: { type: 'permits', params: { restrictions, ...pick } }, meta };
    },
  };
}
