import type { Caller } from '../caller.ts';
import { canonicalJson, fnv64 } from '../canonical.ts';
import type { Reason } from '../refusal.ts';
import { commandRules } from './command-rules.ts';
import { type CommandName, commandNames } from './commands.ts';
import type { EquipmentContext, Holder, Regions } from './context.ts';
import type { CommandFacts } from './events.ts';
import { personalReasons, standingReasons } from './restrictions/registry.ts';
import type { PersonalFacts, RestrictionId } from './restrictions/restriction.ts';
import type { Decision, EquipmentStatus } from './status.ts';

/** Who asks: a verified caller at the owner, `me` in a browser. Presence counts only for the equipment it names. */
export type DecidingCaller = Pick<Caller, 'id' | 'role' | 'presence'>;

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
export type DecidableStatus = Pick<EquipmentStatus, 'actor' | 'value' | 'holder' | 'homed' | 'decisions'>;

/** The decisions of a status document: per command what is true for everybody and what the caller must bring. */
export function decisionsOf(facts: EquipmentContext): Record<CommandName, Decision> {
  const decide = (command: CommandName): Decision => ({ reasons: standingReasons(facts, command), needs: needsOf(facts, command) });
  return Object.fromEntries(commandNames.map(command => [command, decide(command)])) as Record<CommandName, Decision>;
}

/**
 * May this caller send this command now (ms since 1970, the owner's clock)? The one answer for owner, gateway and browser: it is
 * yes exactly when the chart would take the command. Never throws.
 */
export function decideFor(status: DecidableStatus, caller: DecidingCaller, request: CommandName | CommandRequest, now: number): Verdict {
  const { command, ...asked } = typeof request === 'string' ? { command: request } : request;
  const standing = status.decisions[command].reasons;
  const own = personalReasons(personalFacts(status, command), { type: command, ...asked, caller, at: now });
  const reasons = [...standing, ...own];
  return { allowed: reasons.length === 0, reasons };
}

/** The same answer straight from the facts, for the owner: every true reason against the command, none when the chart takes it. */
export function reasonsAgainst(facts: EquipmentContext, caller: DecidingCaller, request: CommandRequest, now: number): Reason[] {
  const { command, ...asked } = request;
  return [...standingReasons(facts, command), ...personalReasons(facts, { type: command, ...asked, caller, at: now })];
}

/** Digest of everything that guards read: `decisionSeq` moves exactly when it does. */
export function decisionDigest(snapshot: { readonly context: EquipmentContext }): string {
  const { degraded, ...parts } = decisionParts(snapshot.context);
  return fnv64(canonicalJson({ ...parts, degraded: degraded.map(part => part.code) }));
}

/** What the digest is made of, by reference: while all of it is the same, so is the digest. */
export function decisionParts(facts: EquipmentContext) {
  const { regions, holder, job, run, homed, stop, envelope, offsets, modesChanged, capabilities, degraded, condition, guardOpened, epoch } =
    facts;
  const read = { regions, homed, envelope, offsets, modesChanged, capabilities, condition, guardOpened, epoch };
  return { ...read, holder: holder?.id, job, run: run?.job, stop: stop?.stopId, degraded };
}

function needsOf(facts: EquipmentContext, command: CommandName): Decision['needs'] {
  const { role, confirmation, restrictions } = commandRules[command];
  const has = (id: RestrictionId) => restrictions.includes(id);
  const presence = has('presence') || (has('presence-after-guard') && facts.guardOpened);
  return {
    ...(role ? { role } : {}),
    ...(has('control') || has('control-or-maintainer') ? { holder: facts.holder?.id ?? null } : {}),
    ...(presence ? { presence } : {}),
    ...(confirmation ? { confirmation } : {}),
  };
}

/** The facts that personal restrictions read, as a status document tells them. */
function personalFacts(status: DecidableStatus, command: CommandName): PersonalFacts {
  return {
    input: { id: status.actor.slice(status.actor.indexOf('/') + 1) },
    regions: { mode: status.value.mode as Regions['mode'] },
    holder: status.holder as Holder | null,
    guardOpened: status.decisions[command].needs.presence === true,
    homed: status.homed,
  };
}
