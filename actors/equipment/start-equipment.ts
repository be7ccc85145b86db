import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { z } from 'zod';
import { findType } from '../../machines/catalog.ts';
import type { HandOver } from '../../machines/driver.ts';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import type { EquipmentContext, EquipmentInput } from '../../statecharts/equipment/context.ts';
import { equipmentChartIdentity } from '../../statecharts/equipment/project.ts';
import { recordQuarantine } from '../storage/quarantines.ts';
import { type Activation, activate } from '../system/activate.ts';
import type { ChartEvent } from '../system/chart.ts';
import type { Tenure } from '../system/lease.ts';
import type { Quarantine } from '../system/restore.ts';
import { EquipmentHost } from './equipment-host.ts';
import { equipmentKind } from './equipment-kind.ts';
import { readPast } from './equipment-past.ts';
import { type EquipmentRow, inputOf } from './equipment-row.ts';
import { transferableRun } from './hand-over.ts';
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
  // The old owner's jobs come with the machine. Word waits for those that are still on their way; the machine does not.
  const adopted = claim ? outcomeOf(jobs.adopt(row.id)) : null;
  repeatTellings(activation, jobs);
  const { epoch, seq } = activation.ledger;
  const chart = equipmentChartIdentity(type.profile).hash;
  const [past] = await Promise.all([
    leaveAlone(services, actorId, activation.quarantine).then(() => readPast(services, { id: row.id, actorId, epoch, seq, chart })),
    services.events.open('equipment', row.id, seq),
  ]);
  const { checkpoint, fileIsKnown, quarantined } = past;
  const found = claim ? past.handOver : null;
  const left = found?.run ?? null;
  const takeOver = claim?.goesOn === true && found?.sameChart && canGoOn(services, activation, found.run) ? left : null;
  const told = { checkpoint, fileIsKnown, quarantined, left, takeOver };
  const host = new EquipmentHost({
    services,
    jobs,
    row,
    type,
    settings: settings.data,
    input,
    activation,
    shared: claim !== null,
    ...told,
  });
  if (activation.quarantine) beginAnew(host, past.lastStatus);
  const failure = await adopted;
  if (!failure) return { ok: true, host };
  await host.close();
  throw failure.cause;
}

/** Null when it went well; a failure is looked at later. */
function outcomeOf(work: Promise<void>): Promise<{ readonly cause: unknown } | null> {
  return work.then(
    () => null,
    (cause: unknown) => ({ cause }),
  );
}

/** The state stays where it is; who administers hears of it until it was acknowledged. */
async function leaveAlone({ db, clock, log }: NodeServices, actorId: string, quarantine: Quarantine | null): Promise<void> {
  if (quarantine === null) return;
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

/** The state says the same of the run as its last owner did, was kept by the very same form of the chart, and the program is here. */
function canGoOn({ paths }: NodeServices, { from, migrated }: Activation, left: HandOver): boolean {
  const state = migrated ? null : (from as { readonly context?: EquipmentContext } | null);
  const run = state?.context ? transferableRun(state.context) : null;
  return run?.job === left.job && run.hash === left.hash && existsSync(cleanedPath(paths.blobs, left.hash));
}

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
