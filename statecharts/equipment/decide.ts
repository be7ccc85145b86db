import type { Caller } from '../caller.ts';
import { commandsOf, ruleOf } from '../profiles/rules.ts';
import type { Reason } from '../refusal.ts';
import { type SiteState, trainingsOf } from '../site/rule.ts';
import type { CommandName } from './commands.ts';
import type { EquipmentContext, Limits, Regions } from './context.ts';
import type { CommandFacts } from './events.ts';
import { notOffered, personalReasons, standingReasons } from './restrictions/registry.ts';
import type { PersonalFacts, RestrictionId } from './restrictions/restriction.ts';
import type { Decision, EquipmentStatus } from './status.ts';

/** Who asks: a verified caller at the owner, `me` in a browser. Presence counts only for the equipment it names. */
export type DecidingCaller = Pick<Caller, 'id' | 'role' | 'presence' | 'qualifications'>;

/** The command in question; a plain name is a button. Without `args` (a button) or `facts` (looked up by the owner) what depends on them is not judged. */
export interface CommandRequest {
  readonly command: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  readonly facts?: CommandFacts;
}

export interface Verdict {
  readonly allowed: boolean;
  /** Every true reason against, the most fundamental first; empty when allowed. */
  readonly reasons: readonly Reason[];
}

/** What `decideFor` reads of a status document. */
export type DecidableStatus = Pick<
  EquipmentStatus,
  | 'actor'
  | 'profile'
  | 'limits'
  | 'value'
  | 'holder'
  | 'reservation'
  | 'offer'
  | 'locks'
  | 'site'
  | 'capabilities'
  | 'homed'
  | 'decisions'
  | 'reasons'
>;

/** The decisions of a status document: per command what is true for everybody and what the caller must bring. */
export function decisionsOf(facts: EquipmentContext): Decisions {
  const decide = (command: CommandName): Decision => ({ reasons: standingReasons(facts, command), needs: needsOf(facts, command) });
  return Object.fromEntries(commandsOf(facts.input.profile).map(command => [command, decide(command)]));
}

/** Of every command that the family has. */
export type Decisions = Partial<Record<CommandName, Decision>>;

/**
 * May this caller send this command now (ms since 1970, the owner's clock)? The one answer for owner, gateway and browser: it is
 * yes exactly when the chart would take the command. Never throws.
 */
export function decideFor(status: DecidableStatus, caller: DecidingCaller, request: CommandName | CommandRequest, now: number): Verdict {
  const { command, ...asked } = typeof request === 'string' ? { command: request } : request;
  const decision = status.decisions[command];
  if (decision === undefined) return { allowed: false, reasons: [notOffered(command)] };
  const standing = standingIn(status, command);
  const own = personalReasons(personalFacts(status, command), { type: command, ...asked, caller, at: now });
  const reasons = [...standing, ...own];
  return { allowed: reasons.length === 0, reasons };
}

/** The reasons that a status document gives against the command, true for everybody; none for a command that the family does not have. */
export function standingIn({ decisions, reasons }: Pick<EquipmentStatus, 'decisions' | 'reasons'>, command: CommandName): Reason[] {
  return decisions[command]?.reasons.flatMap(place => reasons[place] ?? []) ?? [];
}

/** The same answer straight from the facts, for the owner: every true reason against the command, none when the chart takes it. */
export function reasonsAgainst(facts: EquipmentContext, caller: DecidingCaller, request: CommandRequest, now: number): Reason[] {
  const { command, ...asked } = request;
  return [...standingReasons(facts, command), ...personalReasons(facts, { type: command, ...asked, caller, at: now })];
}

function needsOf(facts: EquipmentContext, command: CommandName): Decision['needs'] {
  const rule = ruleOf(facts.input.profile, command);
  const has = (id: RestrictionId) => rule?.restrictions.includes(id) ?? false;
  const presence = has('presence') || (has('presence-after-guard') && facts.guardOpened);
  const trainings = has('qualification') ? trainingsOf(facts.site.rules) : [];
  return {
    ...(rule?.role ? { role: rule.role } : {}),
    ...(has('control') || has('control-or-maintainer') ? { holder: facts.holder?.id ?? null } : {}),
    ...(presence ? { presence } : {}),
    ...(trainings.length > 0 ? { qualifications: [...trainings] } : {}),
    ...(rule?.confirmation ? { confirmation: rule.confirmation } : {}),
  };
}

/** The facts that personal restrictions read, as a status document tells them. */
function personalFacts(status: DecidableStatus, command: CommandName): PersonalFacts {
  const { profile, limits, holder, reservation, offer, locks, site, capabilities, homed } = status;
  const id = status.actor.slice(status.actor.indexOf('/') + 1);
  return {
    input: { id, profile, ...(limits ? { limits: limits as Limits } : {}) },
    regions: status.value as unknown as Regions,
    holder,
    reservation,
    offer,
    locks,
    site: site as SiteState,
    capabilities: capabilities as PersonalFacts['capabilities'],
    guardOpened: status.decisions[command]?.needs.presence === true,
    homed,
  };
}
