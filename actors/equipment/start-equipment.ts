import { mkdir } from 'node:fs/promises';
import { findType } from '../../machines/catalog.ts';
import type { EquipmentType } from '../../machines/driver.ts';
import type { EquipmentInput } from '../../statecharts/equipment/context.ts';
import { type Activation, activate } from '../system/activate.ts';
import type { ChartEvent } from '../system/chart.ts';
import { EquipmentHost } from './equipment-host.ts';
import { equipmentKind } from './equipment-kind.ts';
import type { EquipmentRow } from './equipment-row.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

export type StartResult = { readonly ok: true; readonly host: EquipmentHost } | { readonly ok: false; readonly sentence: string };

/** Takes one equipment over and runs it. Throws when the database is away. */
export async function startEquipment(services: NodeServices, jobs: JobDirectory, row: EquipmentRow): Promise<StartResult> {
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
  });
  if (!taken.ok) return { ok: false, sentence: `${row.id}: another node took it over at the same moment.` };
  const activation = { ...taken.activation, from: withInput(taken.activation.from, input) };
  if (activation.quarantined) services.log(`${row.id}: its stored state is of another chart; it begins anew`);
  await services.events.open('equipment', row.id, activation.ledger.seq);
  repeatTellings(activation, jobs);
  return { ok: true, host: new EquipmentHost({ services, jobs, row, type, settings: settings.data, input, activation }) };
}

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
