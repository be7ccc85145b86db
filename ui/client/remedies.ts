import { type CommandName, commandArgs } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { verdictOf } from '../../statecharts/site/templates.ts';

/** What a page can do about a reason. */
export type RemedyKind =
  /** A command to an equipment: this one, or the one that the rule waits for. */
  | {
      readonly kind: 'command';
      readonly equipment: string;
      readonly command: CommandName;
      readonly args?: Readonly<Record<string, unknown>>;
      /** In place of the words of the reason, which do not know who looks. */
      readonly text?: string;
    }
  /** The person states to be at the machine: no command, but a word to W.I.T. */
  | { readonly kind: 'presence'; readonly at: string | null; readonly text: string }
  /** Somewhere else in the interface. */
  | { readonly kind: 'page'; readonly to: string; readonly text: string }
  | { readonly kind: 'words' };

type Known = Pick<EquipmentStatus, 'locks' | 'site' | 'profile'> | undefined;

/** Who looks, and when: ms since 1970. */
interface Looker {
  readonly id: string;
  readonly inWorkshop?: number | undefined;
  readonly presence: Readonly<Record<string, number>>;
}

/** The way out of one reason at this equipment, for this person. */
export function remedyOf(reason: Reason, equipment: string, known: Known, { me, now }: { me: Looker; now: number }): RemedyKind {
  if (reason.code === 'needs-presence') return { kind: 'presence', at: equipment, text: 'I am at the machine' };
  if (reason.code === 'alone' && !isHere(me, now)) return { kind: 'presence', at: null, text: 'I am in the workshop' };
  return elsewhere(reason, known) ?? ownLock(reason, equipment, known, me) ?? ofCommand(reason, equipment);
}

/** Has stated to be in the workshop, or at any machine of it. */
export function isHere({ inWorkshop, presence }: Omit<Looker, 'id'>, now: number): boolean {
  return [inWorkshop ?? 0, ...Object.values(presence)].some(until => until > now);
}

/** What the chart names as the remedy, when it needs no further choice (which job? whose lock?). */
function ofCommand({ remedy }: Reason, equipment: string): RemedyKind {
  if (!remedy?.command || !commandArgs[remedy.command].safeParse(remedy.args ?? {}).success) return { kind: 'words' };
  return { kind: 'command', equipment, command: remedy.command, ...(remedy.args ? { args: remedy.args } : {}) };
}

/** The chart does not know who looks: of several locks the person's own is the one to remove. */
function ownLock(reason: Reason, equipment: string, known: Known, me: { readonly id: string }): RemedyKind | null {
  if (reason.code !== 'locked-out') return null;
  const mine = known?.locks.find(lock => lock.by === me.id && reason.message === `Locked out by ${lock.byName}: ${lock.reason}.`);
  return mine ? { kind: 'command', equipment, command: 'REMOVE_LOCK', args: { lock: mine.id }, text: 'Remove your lock' } : null;
}

/** A rule that waits for another equipment is answered there, by the command of a switch or on its page. */
function elsewhere(reason: Reason, known: Known): RemedyKind | null {
  if (reason.code === 'training-missing') return { kind: 'page', to: '/people', text: 'People and trainings' };
  if (reason.code !== 'equipment-not-running' && reason.code !== 'equipment-running') return null;
  const other = otherOf(reason, known);
  if (other === null) return null;
  return other.isSwitch
    ? { kind: 'command', equipment: other.id, command: reason.code === 'equipment-running' ? 'SWITCH_OFF' : 'SWITCH_ON' }
    : { kind: 'page', to: `/machines/${other.id}`, text: `Go to ${other.name}` };
}

function otherOf(reason: Reason, known: Known): { readonly id: string; readonly name: string; readonly isSwitch: boolean } | null {
  for (const rule of known?.site.rules ?? []) {
    const verdict = verdictOf(rule.template, rule.params, known?.site.facts ?? {});
    if (verdict.state === 'kept' || verdict.reason.message !== reason.message) continue;
    const id = rule.params.equipment;
    const fact = known?.site.facts[`equipment/${String(id)}`];
    if (typeof id !== 'string' || !fact?.known || fact.value.kind !== 'equipment') return null;
    return { id, name: fact.value.name, isSwitch: fact.value.output !== null };
  }
  return null;
}
