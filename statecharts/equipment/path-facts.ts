import { commandsOf } from '../profiles/rules.ts';
import type { Reason } from '../refusal.ts';
import type { CommandName } from './commands.ts';
import { type EquipmentContext, type EquipmentInput, initialContext, type Limits, type Regions } from './context.ts';
import { decisionsOf, standingIn } from './decide.ts';
import type { DeviceCondition } from './reports.ts';
import type { EquipmentStatus } from './status.ts';

/** The facts behind a status document, and the reasons in it that these facts do not explain: nothing is known that ends those. */
export interface ReadFacts {
  readonly facts: EquipmentContext;
  readonly unexplained: Readonly<Partial<Record<CommandName, readonly Reason[]>>>;
}

/**
 * Facts that guards read but a status document tells only by its decisions (the device does not rest, its modes have changed) are
 * taken from these. Whatever else the document and the facts have in common is copied by its name, so that a new fact that is
 * published is known here too.
 */
export function factsOf(status: EquipmentStatus): ReadFacts {
  const codes = new Set(status.reasons.map(reason => reason.code));
  const regions = status.value as unknown as Regions;
  const plain = initialContext(inputOf(status, codes));
  const shared = Object.fromEntries(Object.keys(plain).flatMap(key => (key in status ? [[key, status[key as never]]] : [])));
  const facts: EquipmentContext = {
    ...plain,
    ...shared,
    regions: { ...plain.regions, ...regions },
    job: status.job && { ...status.job, offsets: codes.has('offsets-changed') ? moved : status.offsets },
    run: status.run && { ...plain.run, ...status.run, by: status.run.by ?? '' },
    stop: status.stop.latched ? { by: '', byName: status.stop.by ?? '', at: status.stop.at ?? 0, stopId: status.stop.stopId ?? '' } : null,
    modesChanged: codes.has('modes-unknown') ? null : codes.has('modes-changed') ? modesOf(status) : [],
    condition: conditionOf(status, codes),
    linkOpen: linkOpenIn(status),
    guardOpened: status.decisions.UNHOLD?.needs.presence === true,
    indeterminate: status.tags.includes('indeterminate') ? status.at : null,
    heldByUs: status.tags.includes('held-by-recovery'),
  } as EquipmentContext;
  return { facts, unexplained: unexplainedBy(facts, status) };
}

/** An offset that no machine has: the job was checked with others. */
const moved = { moved: { x: 0, y: 0, z: 0 } };

function inputOf(status: EquipmentStatus, codes: ReadonlySet<string>): EquipmentInput {
  const { name, type, node, simulated, stopPath } = status;
  return {
    id: status.actor.slice(status.actor.indexOf('/') + 1),
    name,
    type,
    node,
    simulated,
    stopPath,
    capabilities: status.capabilities as EquipmentInput['capabilities'],
    profile: status.profile,
    ...(status.limits ? { limits: status.limits as Limits } : {}),
    needsHoming: status.homed || codes.has('not-homed'),
    chain: status.value.safety === 'normal' ? 'observed' : 'none',
  };
}

/** The remedy of changed modes is a typed line: it is kept, and sets them all. */
function modesOf(status: EquipmentStatus): readonly string[] {
  const reason = standingIn(status, 'START').find(one => one.code === 'modes-changed');
  return String(reason?.remedy?.args?.line ?? '').startsWith('G49') ? ['G43.1'] : ['G20'];
}

/** At rest, or doing what the state says; what the document does not tell is the cautious one. */
function conditionOf(status: EquipmentStatus, codes: ReadonlySet<string>): DeviceCondition | null {
  const { value } = status;
  const isAjar = value.safety === 'guardOpen';
  if (isReached(status)) {
    if (codes.has('may-be-moving')) return null;
    if (codes.has('not-at-rest')) return isAjar ? 'door-opening' : (movingIn(value) ?? 'running');
    return codes.has('device-not-idle') ? (isAjar ? 'door-open' : (restingIn(value) ?? 'alarm')) : 'idle';
  }
  if (!codes.has('device-not-idle')) return 'idle';
  if (value.connection !== 'online' && value.connection !== 'stale') return null;
  return isAjar ? 'door-open' : (movingIn(value) ?? restingIn(value) ?? 'alarm');
}

function restingIn({ execution }: EquipmentStatus['value']): DeviceCondition | undefined {
  const byState: Readonly<Record<string, DeviceCondition>> = { Held: 'held', Suspended: 'door-closed' };
  return byState[execution ?? ''];
}

/** Its link is open and in no doubt: the reasons against giving it free tell whether it rests. */
function isReached(status: EquipmentStatus): boolean {
  return linkOpenIn(status) && status.value.connection !== 'offline' && !status.tags.includes('indeterminate');
}

function linkOpenIn({ linkOpen, value }: EquipmentStatus): boolean {
  return linkOpen ?? !['offline', 'disconnected', 'stale'].includes(value.connection ?? '');
}

function movingIn({ mode, execution }: EquipmentStatus['value']): DeviceCondition | undefined {
  const byState: Readonly<Record<string, DeviceCondition>> = {
    Execute: 'running',
    Starting: 'running',
    Completing: 'running',
    Unholding: 'resuming',
    Unsuspending: 'resuming',
    Holding: 'holding',
    Suspending: 'holding',
    Stopping: 'running',
  };
  const byHand = mode === 'setup.jogging' || mode === 'setup.mdi' || mode === 'setup.homing';
  return byHand ? 'running' : byState[execution ?? ''];
}

function unexplainedBy(facts: EquipmentContext, status: EquipmentStatus): ReadFacts['unexplained'] {
  const own = decisionsOf(facts);
  const beyond = (command: CommandName) => {
    const known = new Set(own[command]?.reasons.map(reason => reason.code));
    return standingIn(status, command).filter(reason => !known.has(reason.code));
  };
  return Object.fromEntries(commandsOf(status.profile).map(command => [command, beyond(command)]));
}
