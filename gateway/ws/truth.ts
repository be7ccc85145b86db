import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus, Summary } from '../../statecharts/equipment/status.ts';
import { ruleOf } from '../../statecharts/profiles/rules.ts';
import type { Reason } from '../../statecharts/refusal.ts';

type Truth = EquipmentStatus['truth'];
const order: readonly Truth[] = ['live', 'stale', 'unknown'];

function worse(a: Truth, b: Truth): Truth {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

/** The status as it may be shown now: never the last known state as if it were current. `since` is when the owner fell silent. */
export function statusNow(status: EquipmentStatus, owner: { truth: Truth; since: number }): EquipmentStatus {
  if (owner.truth === 'live') return status;
  const silent = { code: 'owner-silent', message: `Nothing heard from node ${status.node}.`, since: owner.since };
  return { ...status, ...withoutOwner(status), truth: worse(status.truth, owner.truth), degraded: [...status.degraded, silent] };
}

/** What only the owner can take is refused to everybody, as the chart itself refuses it while nobody owns the machine. */
function withoutOwner({ node, profile, reasons, decisions }: EquipmentStatus): Pick<EquipmentStatus, 'reasons' | 'decisions'> {
  const reason: Reason = {
    code: 'not-owned',
    message: `Nothing is heard from the node ${node}, which has this machine.`,
    remedy: { text: 'Wait until the node is heard again; whoever looks after its computer starts it. The stop key keeps trying.' },
  };
  const refused = Object.entries(decisions).map(([command, decision]) => {
    const needsOwner = ruleOf(profile, command as CommandName)?.restrictions.includes('authority') ?? false;
    return [command, needsOwner ? { ...decision, reasons: [reasons.length, ...decision.reasons] } : decision];
  });
  return { reasons: [...reasons, reason], decisions: Object.fromEntries(refused) };
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
