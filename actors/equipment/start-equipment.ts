import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { sql } from 'kysely';
import { z } from 'zod';
import { findType } from '../../machines/catalog.ts';
import type { EquipmentType, HandOver } from '../../machines/driver.ts';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import { readProgress } from '../../machines/progress.ts';
import type { EquipmentContext, EquipmentInput } from '../../statecharts/equipment/context.ts';
import type { Progress } from '../../statecharts/equipment/project.ts';
import { equipmentChartIdentity } from '../../statecharts/equipment/project.ts';
import { readLastStatus } from '../storage/journal.ts';
import { openQuarantines, recordQuarantine } from '../storage/quarantines.ts';
import { type Activation, activate } from '../system/activate.ts';
import type { ChartEvent } from '../system/chart.ts';
import type { Tenure } from '../system/lease.ts';
import type { Quarantine } from '../system/restore.ts';
import { EquipmentHost } from './equipment-host.ts';
import { equipmentKind } from './equipment-kind.ts';
import type { EquipmentRow } from './equipment-row.ts';
import { findHandOver, transferableRun } from './hand-over.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

/** What every equipment of a node is started with. */
export interface Hosting {
  readonly services: NodeServices;
  readonly jobs: JobDirectory;
}

export type StartResult = { readonly ok: true; readonly host: EquipmentHost } | { readonly ok: false; readonly sentence: string };

/** How an equipment that any node could own is taken: under which lease, and from which epoch. */
export interface Claim {
  readonly tenure: Tenure;
  readonly expectedEpoch: number;
  /** Goes on with a run that the last owner handed over, if all is as it left it. */
  readonly goesOn: boolean;
}

/** Takes one equipment over and runs it; without a claim it is this node's own. Throws when the database is away. */
export async function startEquipment(hosting: Hosting, row: EquipmentRow, claim: Claim | null = null): Promise<StartResult> {
  const { services, jobs } = hosting;
  const type = findType(row.type);
  if (!type) return { ok: false, sentence: `${row.id}: this node cannot drive the type ${row.type}.` };
  const settings = type.settings.safeParse(row.settings);
  if (!settings.success) return { ok: false, sentence: `${row.id}: its settings do not fit ${row.type}: ${settings.error.message}` };
  await mkdir(services.paths.equipment(row.id), { recursive: true, mode: 0o700 });
  await mkdir(services.paths.blobs, { recursive: true, mode: 0o700 });
  const input = inputOf(row, type, services.nodeId);
  const actorId = `equipment/${row.id}`;
  const taken = await activate({
    ...services,
    actorId,
    kind: 'equipment',
    chart: equipmentKind(input, () => null),
    owner: services.nodeId,
    nonce: services.boot,
    writeAheadPath: services.paths.writeAhead(actorId),
    ...claim,
  });
  if (!taken.ok) return { ok: false, sentence: `${row.id}: another node took it over at the same moment.` };
  const activation = { ...taken.activation, from: withInput(taken.activation.from, input) };
  await services.events.open('equipment', row.id, activation.ledger.seq);
  // The old owner's jobs come with the machine; they must be here to hear what became of it.
  if (claim) await jobs.adopt(row.id);
  repeatTellings(activation, jobs);
  const { epoch, seq } = activation.ledger;
  const found = claim ? await findHandOver(services.db, { actorId, epoch, seq, chart: equipmentChartIdentity(type.profile).hash }) : null;
  const left = found?.run ?? null;
  const takeOver = claim?.goesOn === true && found?.sameChart && canGoOn(services, activation, found.run) ? left : null;
  const checkpoint = await lastCheckpoint(services.db, actorId);
  // Read before the host's first turn replaces it.
  const last = activation.quarantine ? await readLastStatus(services.db, actorId) : null;
  if (activation.quarantine) await leaveAlone(services, actorId, activation.quarantine);
  const host = new EquipmentHost({
    services,
    jobs,
    row,
    type,
    settings: settings.data,
    input,
    activation,
    shared: claim !== null,
    checkpoint,
    fileIsKnown: await isNamed(services.db, actorId, readProgress(services.paths.equipment(row.id))?.job),
    left,
    takeOver,
    quarantined: await openQuarantines(services.db, actorId),
  });
  if (activation.quarantine) beginAnew(host, last);
  return { ok: true, host };
}

/** The state stays where it is; who administers hears of it until it was acknowledged. */
async function leaveAlone({ db, clock, log }: NodeServices, actorId: string, quarantine: Quarantine): Promise<void> {
  const { hash, ...rest } = quarantine;
  log(`${actorId}: its stored state is left alone and it begins anew: ${quarantine.why}`);
  await recordQuarantine(db, { ...rest, actorId, chartHash: hash, at: clock.now() });
}

/** Nobody goes on from the stored state. Everything is proven again after a start; a latched stop must not be lost with it, nor a job. */
function beginAnew(host: EquipmentHost, lastStatus: unknown): void {
  const stop = latchedStop.safeParse(lastStatus);
  if (stop.success) host.keepLatch({ stopId: stop.data.stop.stopId, by: 'system', byName: stop.data.stop.by });
  const { data: held } = heldJob.safeParse(lastStatus);
  const job = held?.run?.result === 'running' ? held.run.job : held?.job?.id;
  if (job !== undefined) host.releaseJob({ job, run: held?.run?.job === job ? held.run : null });
}

/** Of any version's status: what is read here must not change its name. */
const heldJob = z.object({
  job: z.object({ id: z.string() }).nullish(),
  run: z.object({ job: z.string(), result: z.string(), sent: z.number(), acknowledged: z.number(), total: z.number() }).nullish(),
});

const latchedStop = z.object({ stop: z.object({ latched: z.literal(true), by: z.string(), stopId: z.string() }) });

function inputOf(row: EquipmentRow, type: EquipmentType, node: string): EquipmentInput {
  return {
    id: row.id,
    name: row.name,
    type: row.type,
    node,
    simulated: row.simulated,
    capabilities: type.capabilities,
    stopPath: type.stopPath,
    profile: type.profile,
    needsHoming: true,
    chain: 'none',
  };
}

/** The state says the same of the run as its last owner did, was kept by the very same form of the chart, and the program is here. */
function canGoOn({ paths }: NodeServices, { from, migrated }: Activation, left: HandOver): boolean {
  const state = migrated ? null : (from as { readonly context?: EquipmentContext } | null);
  const run = state?.context ? transferableRun(state.context) : null;
  return run?.job === left.job && run.hash === left.hash && existsSync(cleanedPath(paths.blobs, left.hash));
}

/** How far a program had come by the journal: the file of an owner elsewhere cannot be asked, and one here may have lost its end. */
async function lastCheckpoint(db: NodeServices['db'], actorId: string): Promise<Progress | null> {
  const events = db.selectFrom('event').select('data').where('actor_id', '=', actorId).where('type', '=', 'program.checkpoint');
  const row = await events.orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return checkpointSchema.safeParse(row?.data).data ?? null;
}

/** Whether any event names the job; asked once at a start. */
async function isNamed(db: NodeServices['db'], actorId: string, job: string | undefined): Promise<boolean> {
  if (job === undefined) return true;
  const named = sql<boolean>`strpos(data::text, ${JSON.stringify(job)}) > 0`;
  const row = await db.selectFrom('event').select('seq').where('actor_id', '=', actorId).where(named).limit(1).executeTakeFirst();
  return row !== undefined;
}

const checkpointSchema = z.object({ job: z.string(), sent: z.number(), acknowledged: z.number(), total: z.number() });

/** Name and settings may have changed since the state was stored. */
function withInput(from: unknown, input: EquipmentInput): unknown {
  if (typeof from !== 'object' || from === null || !('context' in from)) return from;
  return { ...from, context: { ...(from.context as object), input } };
}

/** Word to a job that may not have reached it. Telling twice does no harm; nothing else is ever repeated. */
function repeatTellings({ unfinished }: Activation, jobs: JobDirectory): void {
  for (const { effect } of unfinished) {
    const { type, job, event } = effect as { type?: string; job?: string; event?: ChartEvent };
    if (type === 'job.tell' && job !== undefined && event !== undefined) jobs.tell(job, event);
  }
}
