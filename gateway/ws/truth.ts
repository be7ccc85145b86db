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
  /** Its node is heard, which does not say that it has the machine. */
  readonly nodeSpeaks: boolean;
}

/** Of two the one that is worth less. */
export function worse(a: Truth, b: Truth): Truth {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** The status as it may be shown now: never the last known state as if it were current. `since` is when the owner fell silent. */
export function statusNow(status: EquipmentStatus, owner: OwnersWord): EquipmentStatus {
  if (owner.truth === 'live') return status;
  const silent = { code: 'owner-silent', message: silence(status.node, owner), since: owner.since };
  return { ...status, ...withoutOwner(status, owner), truth: worse(status.truth, owner.truth), degraded: [...status.degraded, silent] };
}

/** What only the owner can take is refused to everybody, as the chart itself refuses it while nobody owns the machine. */
function withoutOwner(
  { node, profile, reasons, decisions }: EquipmentStatus,
  owner: OwnersWord,
): Pick<EquipmentStatus, 'reasons' | 'decisions'> {
  const reason: Reason = {
    code: 'not-owned',
    message: owner.nodeSpeaks ? silence(node, owner) : `Nothing is heard from the node ${node}, which has this machine.`,
    remedy: { text: owner.nodeSpeaks ? takesUp : heardAgain },
  };
  const refused = Object.entries(decisions).map(([command, decision]) => {
    const needsOwner = ruleOf(profile, command as CommandName)?.restrictions.includes('authority') ?? false;
    return [command, needsOwner ? { ...decision, reasons: [reasons.length, ...decision.reasons] } : decision];
  });
  return { reasons: [...reasons, reason], decisions: Object.fromEntries(refused) };
}

const heardAgain = 'Wait until the node is heard again; whoever looks after its computer starts it. The stop key keeps trying.';
const takesUp = 'Wait until it takes the machine up; the list of what runs on it says why it cannot. The stop key keeps trying.';

function silence(node: string, { nodeSpeaks }: OwnersWord): string {
  return nodeSpeaks ? `Node ${node} is there, but does not have this machine now.` : `Nothing heard from node ${node}.`;
}

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
