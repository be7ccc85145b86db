import type { EquipmentContext } from '../equipment/context.ts';
import type { EquipmentEvent } from '../equipment/events.ts';
import { restStates } from '../equipment/packml.ts';
import type { ChartTable } from './compile.ts';
import { passAll, type Trial } from './explore.ts';
import { step } from './step.ts';

/** What each report leaves in the facts, written down a second time as the command rules are. True where it stands there. */
type Noted = (facts: EquipmentContext, event: EquipmentEvent) => boolean;

const noted: Readonly<Record<string, Noted>> = {
  'device.condition': (facts, event) => event.type !== 'device.condition' || facts.condition === (isApart(facts) ? null : event.condition),
  'device.chain': (facts, event) => event.type !== 'device.chain' || facts.chain === (isApart(facts) ? null : event.inputs),
  'device.offsets': (facts, event) => event.type !== 'device.offsets' || facts.offsets === event.offsets,
  'device.modes': (facts, event) => event.type !== 'device.modes' || facts.modesChanged === event.changed,
  'device.identified': (facts, event) => event.type !== 'device.identified' || facts.device?.firmware === event.firmware,
  'device.homed': facts => facts.homed,
  'device.position.lost': facts => !facts.homed,
  'device.cleared': facts => !facts.homed && facts.condition === 'idle' && facts.indeterminate === null,
  'device.aborted': facts => facts.indeterminate === null,
  'service.degraded': (facts, event) => event.type !== 'service.degraded' || facts.degraded.some(part => part.code === event.code),
  'service.restored': (facts, event) => event.type !== 'service.restored' || facts.degraded.every(part => part.code !== event.code),
  'site.changed': (facts, event) => event.type !== 'site.changed' || facts.site.rules === event.rules,
  'link.up': facts => facts.linkOpen !== isApart(facts),
  'link.lost': facts => !facts.linkOpen && facts.condition === null && facts.chain === null,
  'authority.acquired': facts => !facts.linkOpen && facts.condition === null && facts.chain === null,
  'authority.lost': facts => !facts.linkOpen && facts.condition === null && facts.chain === null,
};
/** Late word of a link that a person gave up is not of now. */
function isApart({ regions }: EquipmentContext): boolean {
  return regions.connection === 'disconnected';
}

const cutsOff = ['authority.acquired', 'authority.lost', 'link.up', 'link.lost', 'link.silent', 'device.identity.changed'];

/** S11: what a report says stands in the facts, and a machine that is lost while it moves is in doubt until it has been read again. */
export function checkNoted(trial: Trial, table: ChartTable): string | null {
  const has = (name: string) => table.regions.some(region => region.name === name);
  if (has('stopLatch') && trial.event.type === 'stop.pressed') return lastPress(trial, table);
  if (!has('connection')) return null;
  const { event } = trial;
  const known = noted[event.type];
  if (known) {
    const after = isKnown(event.type)
      ? step(table, { ...trial.before, facts: otherwise(trial.before.facts) }, event, passAll)
      : trial.after;
    if (!after || !known(after.facts, event)) return `${event.type} is not noted`;
  }
  return doubtMissed(trial) ?? readingMissed(trial);
}

/** What the exploration brings to one form is the same before and after, unless it is made different first. */
function isKnown(type: string): boolean {
  return ['service.restored', 'device.offsets', 'device.modes', 'device.identified'].includes(type);
}

/** The facts with other values, so that what the event says is seen to be written. */
function otherwise(facts: EquipmentContext): EquipmentContext {
  const degraded = [{ code: 'database', message: 'away', since: 0 }];
  return { ...facts, degraded, offsets: {}, modesChanged: null, device: null };
}

/** Who pressed last is who is shown, also while it is latched already. */
function lastPress({ before, event }: Trial, table: ChartTable): string | null {
  if (event.type !== 'stop.pressed') return null;
  const after = step(table, before, { ...event, stopId: 'another' }, passAll);
  return after?.facts.stop?.stopId === 'another' ? null : 'the last press of the stop is not noted';
}

function doubtMissed({ before, event, after }: Trial): string | null {
  if (!cutsOff.includes(event.type) || (event.type === 'link.silent' && before.facts.regions.connection !== 'online')) return null;
  const { execution, mode } = before.facts.regions;
  const moves = !restStates.includes(execution) || ['setup.homing', 'setup.jogging', 'setup.mdi'].includes(mode);
  return moves && after?.facts.indeterminate == null ? `${event.type} leaves no doubt about a machine that moved` : null;
}

function readingMissed({ before, event, after }: Trial): string | null {
  if (event.type !== 'device.synced') return null;
  const { connection } = before.facts.regions;
  const read = connection !== 'offline' && connection !== 'disconnected' && (connection !== 'stale' || before.facts.linkOpen);
  const facts = (after ?? before).facts;
  if (!read) return facts.condition === before.facts.condition ? null : 'a reading is noted without a link';
  return facts.condition === event.condition && facts.indeterminate === null ? null : 'what was read is not noted';
}
