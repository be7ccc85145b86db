import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus, Summary } from '../../statecharts/equipment/status.ts';
import { ruleOf } from '../../statecharts/profiles/rules.ts';
import type { Reason } from '../../statecharts/refusal.ts';

type Truth = EquipmentStatus['truth'];
const order: readonly Truth[] = ['live', 'stale', 'unknown'];

/** How far the owner of an equipment is heard. */
export interface OwnersWord {
  readonly truth: Truth;
  /** ms since 1970 when it fell silent. */
  readonly since: number;
  /** What is heard instead: its node, which does not say that it has the machine; or its owner, of a newer status that has not arrived. */
  readonly heard: 'nothing' | 'node' | 'newer-status';
}

/** Of two the one that is worth less. */
export function worse(a: Truth, b: Truth): Truth {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** The status as it may be shown now: never the last known state as if it were current. `since` is when the owner fell silent. */
export function statusNow(status: EquipmentStatus, owner: OwnersWord): EquipmentStatus {
  if (owner.truth === 'live') return status;
  const silent = { code: words[owner.heard].impairment, message: words[owner.heard].sentence(status.node), since: owner.since };
  return { ...status, ...withoutOwner(status, owner), truth: worse(status.truth, owner.truth), degraded: [...status.degraded, silent] };
}

/** What only the owner can take is refused to everybody, as the chart itself refuses it while nobody owns the machine. */
function withoutOwner(
  { node, profile, reasons, decisions }: EquipmentStatus,
  owner: OwnersWord,
): Pick<EquipmentStatus, 'reasons' | 'decisions'> {
  const { code, message, remedy } = words[owner.heard];
  const reason: Reason = { code, message: message(node), remedy: { text: remedy } };
  const refused = Object.entries(decisions).map(([command, decision]) => {
    const needsOwner = ruleOf(profile, command as CommandName)?.restrictions.includes('authority') ?? false;
    return [command, needsOwner ? { ...decision, reasons: [reasons.length, ...decision.reasons] } : decision];
  });
  return { reasons: [...reasons, reason], decisions: Object.fromEntries(refused) };
}

interface Words {
  /** Of the status as a whole, and why. */
  readonly impairment: string;
  sentence(node: string): string;
  /** Of each command that needs the owner. */
  readonly code: string;
  message(node: string): string;
  readonly remedy: string;
}

const isThere = (node: string): string => `Node ${node} is there, but does not have this machine now.`;
const saidMore = (node: string): string => `Node ${node} has said something newer of this machine, which has not arrived here.`;

const words: Readonly<Record<OwnersWord['heard'], Words>> = {
  nothing: {
    impairment: 'owner-silent',
    sentence: node => `Nothing heard from node ${node}.`,
    code: 'not-owned',
    message: node => `Nothing is heard from the node ${node}, which has this machine.`,
    remedy: 'Wait until the node is heard again; whoever looks after its computer starts it. The stop key keeps trying.',
  },
  node: {
    impairment: 'owner-silent',
    sentence: isThere,
    code: 'not-owned',
    message: isThere,
    remedy: 'Wait until it takes the machine up; the list of what runs on it says why it cannot. The stop key keeps trying.',
  },
  'newer-status': {
    impairment: 'status-missed',
    sentence: saidMore,
    code: 'status-missed',
    message: saidMore,
    remedy: 'Wait until it has arrived: it is asked for until it has. The stop key works.',
  },
};

/** The same for a tile. */
export function summaryNow(summary: Summary, owner: Truth): Summary {
  return owner === 'live' ? summary : { ...summary, truth: worse(summary.truth, owner) };
}

/** A tile out of a status, for equipment whose summary has not been heard yet. */
export function summaryOf(status: EquipmentStatus): Summary {
  const { actor, name, at, truth, simulated, detail, run } = status;
  return {
    actor,
    name,
    at,
    execution: status.value.execution ?? 'Aborted',
    truth,
    simulated,
    detail,
    alarms: status.alarms.length,
    progress: run && run.total > 0 ? Math.floor((100 * run.acknowledged) / run.total) : null,
    needsPerson: status.tags.includes('needs-person'),
    latched: status.stop.latched,
    holder: status.holder?.name ?? null,
  };
}
