import type { EquipmentEvent } from '../equipment/events.ts';
import { restStates } from '../equipment/packml.ts';
import type { ChartTable } from './compile.ts';
import type { Trial } from './explore.ts';
import type { Configuration } from './step.ts';

/**
 * What is known of authority, link, guards, contact and heaters after each event, written down a second time from rules.md (EQ10 to EQ32,
 * EQ130, EQ140). What a table does not name leaves the state as it is.
 */
type Expected = (event: EquipmentEvent, before: Configuration) => string | undefined;

const byHand = ['setup.homing', 'setup.jogging', 'setup.mdi'];
const ajar = ['door-open', 'door-opening'];
/** The device is out of reach, or was never proven to be there. */
const outOfReach = ['authority.acquired', 'authority.lost', 'link.up', 'link.lost', 'device.identity.changed'];

const tables: Readonly<Record<string, Expected>> = {
  authority: (event, { facts }) => {
    if (event.type === 'authority.acquired' || event.type === 'authority.continued') return 'owned';
    if (event.type === 'authority.lost') return 'none';
    return event.type === 'authority.losing' && facts.regions.authority === 'owned' ? 'losing' : undefined;
  },
  connection: (event, before) => connectionAfter(event, before),
  safety: (event, before) => safetyAfter(event, before),
  output: (event, before) => readAfter(event, before, 'device.output'),
  heat: (event, before) => readAfter(event, before, 'device.heat'),
};

/** S10: authority, link, guards, contact and heaters are what was last heard of them, and nothing where nothing can be heard. */
export function checkDevice({ before, event, after }: Trial, table: ChartTable): string | null {
  for (const [i, { name }] of table.regions.entries()) {
    const from = before.value[i] ?? '';
    const to = (after ?? before).value[i] ?? '';
    const own = tables[name];
    const expected = own?.(event, before) ?? from;
    if (own && expected !== to) return `${event.type} leads ${name} from ${from} to ${to}, not ${expected}`;
  }
  return null;
}

function connectionAfter(event: EquipmentEvent, { facts }: Configuration): string | undefined {
  const { connection } = facts.regions;
  if (connection === 'disconnected') return event.type === 'CONNECT' ? 'offline' : undefined;
  switch (event.type) {
    case 'DISCONNECT':
      return isGivenFree(event, facts) ? 'disconnected' : undefined;
    case 'authority.acquired':
    case 'authority.lost':
    case 'device.identity.changed':
      return 'offline';
    case 'link.up':
      return 'connecting';
    case 'link.lost':
      return underPower(facts) || facts.indeterminate !== null ? 'stale' : 'offline';
    case 'link.silent':
      return connection === 'online' ? 'stale' : undefined;
    case 'link.answering':
      return connection === 'stale' && facts.linkOpen ? 'online' : undefined;
    case 'device.identified':
      return connection === 'connecting' ? 'syncing' : undefined;
    case 'device.synced':
      return ['connecting', 'syncing'].includes(connection) || (connection === 'stale' && facts.linkOpen) ? 'online' : undefined;
    default:
      return undefined;
  }
}

const seenAtRest: readonly string[] = ['idle', 'held', 'alarm', 'door-closed', 'door-open', 'check', 'asleep'];

/** At rest, without power, and surely so: only then is the link not what could stop it. */
function isGivenFree(event: EquipmentEvent, facts: Configuration['facts']): boolean {
  const { connection, execution, mode } = facts.regions;
  if (event.type !== 'DISCONNECT' || connection === 'disconnected') return false;
  const rests = ['Stopped', 'Idle', 'Aborted', 'Complete'].includes(execution) && !byHand.includes(mode);
  if (!rests || underPower(facts)) return false;
  const { output, heat } = facts.regions;
  // A link to another machine than ours is none.
  if (!facts.linkOpen || connection === 'offline') return true;
  const { condition, indeterminate } = facts;
  const isSeenAtRest = indeterminate === null && condition !== null && seenAtRest.includes(condition);
  return isSeenAtRest && output !== 'unknown' && heat !== 'unknown';
}

/** Something moves, heats or is switched on. */
function underPower({ regions }: Configuration['facts']): boolean {
  const moves = !restStates.includes(regions.execution) || byHand.includes(regions.mode);
  return moves || regions.output === 'on' || regions.heat === 'on';
}

function safetyAfter(event: EquipmentEvent, before: Configuration): string | undefined {
  const { safety, connection } = before.facts.regions;
  if (isLost(event, before)) return 'unknown';
  switch (event.type) {
    case 'device.chain':
      return chainAfter(event.inputs, before);
    case 'device.synced':
      if (safety === 'unknown' && !before.facts.linkOpen) return undefined;
      return ['unknown', 'guardOpen', 'normal', 'notObserved'].includes(safety) ? guardSaid(event.condition, before) : undefined;
    case 'device.condition':
      return ['guardOpen', 'normal', 'notObserved'].includes(safety) ? guardSaid(event.condition, before) : undefined;
    case 'link.answering':
      return safety === 'unknown' && connection === 'stale' && before.facts.linkOpen ? guardKnown(before) : undefined;
    case 'SAFETY_RESET_OBSERVED':
      return safety === 'resetRequired' ? guardKnown(before) : undefined;
    default:
      return undefined;
  }
}

function guardSaid(condition: string, { facts }: Configuration): string {
  if (ajar.includes(condition)) return 'guardOpen';
  return facts.input.chain === 'observed' ? 'normal' : 'notObserved';
}

function guardKnown(before: Configuration): string {
  return guardSaid(before.facts.condition ?? '', before);
}

/** An emergency stop waits for its reset, which the chain itself or a person tells. */
function chainAfter(inputs: Extract<EquipmentEvent, { type: 'device.chain' }>['inputs'], before: Configuration): string | undefined {
  const { safety } = before.facts.regions;
  if (safety === 'unknown' && !before.facts.linkOpen) return undefined;
  if (inputs.emergencyStop === false) return 'estop';
  if (inputs.protectiveStop === false) return 'protectiveStop';
  if (inputs.resetRequired === true) return 'resetRequired';
  if (safety === 'protectiveStop') return guardKnown(before);
  if (safety !== 'estop' && safety !== 'resetRequired') return undefined;
  return inputs.resetRequired === false ? guardKnown(before) : 'resetRequired';
}

/** Nothing is known of it any more. */
function isLost(event: EquipmentEvent, { facts }: Configuration): boolean {
  return outOfReach.includes(event.type) || event.type === 'link.silent' || isGivenFree(event, facts);
}

function readAfter(event: EquipmentEvent, before: Configuration, report: 'device.output' | 'device.heat'): string | undefined {
  if (isLost(event, before)) return 'unknown';
  return event.type === report && 'on' in event && before.facts.linkOpen ? (event.on ? 'on' : 'off') : undefined;
}
