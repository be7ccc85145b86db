import { type ChartIdentity, chartIdentity } from '../chart-hash.ts';
import { type ProfileName, profileNames } from '../profiles/profile.ts';
import type { Reason } from '../refusal.ts';
import { nextChange } from '../site/rule.ts';
import { equipmentChart } from './chart.ts';
import type { EquipmentContext, Regions, Run } from './context.ts';
import { type Decisions, decisionsOf } from './decide.ts';
import { detailOf } from './detail.ts';
import { isEnergised } from './guards.ts';
import { type ExecutionState, producingStates } from './packml.ts';
import type { EquipmentStatus, Summary } from './status.ts';

/** Anything that carries the facts: a live or a persisted snapshot of the equipment chart. */
export interface EquipmentSnapshot {
  readonly context: EquipmentContext;
}

/** Lines of the running program as the driver counts them; 1-based last line sent and answered. */
export interface Progress {
  readonly job: string;
  readonly sent: number;
  readonly acknowledged: number;
  readonly total: number;
}

/** What the runtime adds to the facts: journal position, time of publication, the driver's count of lines. */
export interface StatusMeta {
  readonly seq: number;
  readonly decisionSeq: number;
  /** ms since 1970 on the owner's clock. */
  readonly at: number;
  readonly progress?: Progress | null;
}

const identities = Object.fromEntries(profileNames.map(name => [name, chartIdentity(equipmentChart(name))])) as Readonly<
  Record<ProfileName, ChartIdentity>
>;

/** Identity of the chart of a family in this build. */
export function equipmentChartIdentity(profile: ProfileName): ChartIdentity {
  return identities[profile];
}

/** The status document: what everybody sees of this equipment, and what they may do. Pure. */
export function toStatus(snapshot: EquipmentSnapshot, meta: StatusMeta): EquipmentStatus {
  const facts = snapshot.context;
  return {
    v: 1,
    actor: `equipment/${facts.input.id}`,
    name: facts.input.name,
    type: facts.input.type,
    node: facts.input.node,
    seq: meta.seq,
    decisionSeq: meta.decisionSeq,
    epoch: facts.epoch,
    at: meta.at,
    profile: facts.input.profile,
    ...(facts.input.limits ? { limits: facts.input.limits } : {}),
    chart: equipmentChartIdentity(facts.input.profile),
    simulated: facts.input.simulated,
    value: { ...facts.regions } as Record<string, string>,
    since: { ...facts.since } as Record<string, number>,
    tags: tagsOf(facts),
    truth: truthOf(facts),
    detail: detailOf(facts),
    holder: facts.holder,
    reservation: facts.reservation,
    offer: facts.offer,
    locks: [...facts.locks],
    outOfService: facts.outOfService,
    serviceDue: [...facts.serviceDue],
    site: { rules: [...facts.site.rules], facts: { ...facts.site.facts } },
    siteLoss: facts.siteLoss === null ? null : [...facts.siteLoss],
    chain: facts.chain,
    job: jobOf(facts),
    run: runOf(facts.run, meta.progress ?? null),
    alarms: [...facts.alarms],
    homed: facts.homed,
    linkOpen: facts.linkOpen,
    stop: stopOf(facts),
    stopPath: facts.input.stopPath,
    device: facts.device,
    envelope: facts.envelope,
    offsets: { ...facts.offsets },
    capabilities: facts.capabilities.map(({ name, absent }) => (absent === undefined ? { name } : { name, absent })),
    ...namedByPlace(decisionsOf(facts)),
    validUntil: validUntil(facts),
    degraded: [...facts.degraded],
    machineryState: machineryState(facts),
    execution: mtconnectExecution(facts),
  };
}

/** What a fleet tile needs, at most 300 bytes as JSON: words are cut before facts are. */
export function toSummary(snapshot: EquipmentSnapshot, meta: Pick<StatusMeta, 'at' | 'progress'>): Summary {
  const facts = snapshot.context;
  const run = runOf(facts.run, meta.progress ?? null);
  const summary: Summary = {
    actor: `equipment/${facts.input.id}`,
    name: facts.input.name,
    at: meta.at,
    execution: facts.regions.execution,
    truth: truthOf(facts),
    simulated: facts.input.simulated,
    detail: detailOf(facts),
    alarms: facts.alarms.length,
    progress: run === null || run.total === 0 ? null : Math.floor((100 * run.acknowledged) / run.total),
    needsPerson: needsPerson(facts),
    latched: facts.regions.stopLatch === 'latched',
    holder: facts.holder?.name ?? null,
  };
  return fitted(summary);
}

/** Each reason once, and the decisions with their places. */
function namedByPlace(decisions: Decisions): Pick<EquipmentStatus, 'decisions' | 'reasons'> {
  const places = new Map<string, number>();
  const reasons: Reason[] = [];
  const placeOf = (reason: Reason): number => {
    const key = JSON.stringify(reason);
    const known = places.get(key) ?? reasons.push(reason) - 1;
    places.set(key, known);
    return known;
  };
  const named = Object.entries(decisions).map(([command, decision]) => [command, { ...decision, reasons: decision.reasons.map(placeOf) }]);
  return { decisions: Object.fromEntries(named), reasons };
}

/** The nearest time at which a fact that decisions read changes by itself. */
function validUntil({ reservation, offer, site }: EquipmentContext): number | null {
  const times = [reservation?.until, offer?.until, nextChange(site) ?? undefined].flatMap(time => time ?? []);
  return times.length === 0 ? null : Math.min(...times);
}

/** OPC UA 40001-1 MachineryItemState. */
function machineryState(facts: EquipmentContext): EquipmentStatus['machineryState'] {
  if (facts.regions.connection !== 'online') return 'NotAvailable';
  if (facts.regions.mode === 'maintenance' || outOfUse.includes(facts.regions.maintenance)) return 'OutOfService';
  return isEnergised(facts.regions) ? 'Executing' : 'NotExecuting';
}

const execution: Readonly<Record<ExecutionState, EquipmentStatus['execution']>> = {
  Clearing: 'INTERRUPTED',
  Stopped: 'STOPPED',
  Resetting: 'STOPPED',
  Idle: 'READY',
  Starting: 'ACTIVE',
  Execute: 'ACTIVE',
  Holding: 'FEED_HOLD',
  Held: 'FEED_HOLD',
  Unholding: 'ACTIVE',
  Suspending: 'WAIT',
  Suspended: 'WAIT',
  Unsuspending: 'ACTIVE',
  Completing: 'ACTIVE',
  Complete: 'PROGRAM_COMPLETED',
  Stopping: 'STOPPED',
  Aborting: 'INTERRUPTED',
  Aborted: 'INTERRUPTED',
};

const outOfUse: readonly Regions['maintenance'][] = ['lockedOut', 'outOfService'];

/** MTConnect EXECUTION. */
function mtconnectExecution(facts: EquipmentContext): EquipmentStatus['execution'] {
  return facts.regions.connection === 'online' ? execution[facts.regions.execution] : 'UNAVAILABLE';
}

/** Is what is shown true now? Never the last known state as if it were current. */
function truthOf(facts: EquipmentContext): EquipmentStatus['truth'] {
  if (facts.regions.connection === 'online' && facts.indeterminate === null) return 'live';
  return facts.regions.connection === 'stale' ? 'stale' : 'unknown';
}

function tagsOf(facts: EquipmentContext): string[] {
  const tags: readonly (readonly [string, boolean])[] = [
    ['producing', producingStates.includes(facts.regions.execution)],
    ['energised', isEnergised(facts.regions)],
    ['indeterminate', facts.indeterminate !== null],
    ['needs-person', needsPerson(facts)],
    ['held-by-recovery', facts.heldByUs],
  ];
  return tags.flatMap(([tag, is]) => (is ? [tag] : []));
}

function needsPerson(facts: EquipmentContext): boolean {
  const waiting: readonly ExecutionState[] = ['Held', 'Suspended', 'Aborted'];
  // Nothing can be done about it before it is connected.
  const waits = waiting.includes(facts.regions.execution) && facts.regions.connection !== 'disconnected';
  return waits || facts.regions.alarms === 'active' || facts.regions.stopLatch === 'latched';
}

function jobOf({ job }: EquipmentContext): EquipmentStatus['job'] {
  return job && { id: job.id, name: job.name, hash: job.hash, lines: job.lines, bounds: job.bounds };
}

function runOf(run: Run | null, progress: Progress | null): EquipmentStatus['run'] {
  if (run === null) return null;
  const { uncertain, error, ...rest } = run;
  const counted = progress !== null && run.result === 'running' && progress.job === run.job;
  return {
    ...rest,
    ...(uncertain ? { uncertain: [uncertain[0], uncertain[1]] } : {}),
    ...(error ? { error: { ...error } } : {}),
    ...(counted ? { sent: progress.sent, acknowledged: progress.acknowledged, total: progress.total } : {}),
  };
}

function stopOf({ regions, stop }: EquipmentContext): EquipmentStatus['stop'] {
  return { latched: regions.stopLatch === 'latched', by: stop?.byName ?? null, at: stop?.at ?? null, stopId: stop?.stopId ?? null };
}

const summaryBytes = 300;

function fitted(summary: Summary): Summary {
  const cuts: readonly (readonly ['detail' | 'holder' | 'name', number])[] = [
    ['detail', 40],
    ['detail', 12],
    ['holder', 12],
    ['name', 24],
    ['name', 8],
    ['detail', 0],
  ];
  let result = summary;
  for (const [field, length] of cuts) {
    if (utf8Length(JSON.stringify(result)) <= summaryBytes) return result;
    const text = result[field];
    if (text !== null) result = { ...result, [field]: cut(text, length) };
  }
  return result;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${[...text].slice(0, length).join('').trimEnd()}…`;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
