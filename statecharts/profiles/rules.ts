import type { CommandRule, CommandRules } from '../equipment/command-rule.ts';
import { commonRules } from '../equipment/command-rules.ts';
import { type CommandName, commandNames } from '../equipment/commands.ts';
import { laserRules } from './laser/rules.ts';
import { motionRules } from './motion/rules.ts';
import { printerRules } from './printer/rules.ts';
import { processRules } from './process/rules.ts';
import { type ProfileName, profileNames } from './profile.ts';
import { switchRules } from './switch/rules.ts';

const byProfile: Readonly<Record<ProfileName, CommandRules>> = {
  motion: { ...commonRules, ...motionRules },
  laser: { ...commonRules, ...laserRules },
  printer: { ...commonRules, ...printerRules },
  process: { ...commonRules, ...processRules },
  switch: { ...commonRules, ...switchRules },
};

const names = new Map(profileNames.map(profile => [profile, commandNames.filter(name => name in byProfile[profile])]));

/** The rule of one command, null where the family has no such command. */
export function ruleOf(profile: ProfileName, command: CommandName): CommandRule | null {
  return byProfile[profile][command] ?? null;
}

/** The commands of a family, in the order of the whole system. */
export function commandsOf(profile: ProfileName): readonly CommandName[] {
  return names.get(profile) ?? [];
}
