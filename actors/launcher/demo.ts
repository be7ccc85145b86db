import { join } from 'node:path';
import { z } from 'zod';
import { catalog, findType } from '../../machines/catalog.ts';
import type { EquipmentType } from '../../machines/driver.ts';
import type { Database } from '../storage/database.ts';
import type { LaunchArguments } from './arguments.ts';
import type { ChildProgram } from './child-program.ts';
import type { DataDirectory } from './data-directory.ts';
import { freePort } from './ports.ts';

/** The workshop of a first start: simulated machines behind real ports, marked SIMULATED wherever they appear. */
const demoWorkshop = [
  { id: 'mill-1', name: 'Mill 1', profile: 'motion' },
  { id: 'laser-1', name: 'Laser 1', profile: 'laser' },
  { id: 'extractor-1', name: 'Extractor', profile: 'switch' },
] as const;

const host = '127.0.0.1';
const readyWithinMs = 15_000;
const furnished = 'demo-furnished';

/** Puts the demo workshop into the database: on first start only, or when it is asked for; never twice. */
export async function furnishDemo(db: Database, directory: DataDirectory, demo: LaunchArguments['demo']): Promise<void> {
  const before = await db.selectFrom('setting').select('key').where('key', '=', furnished).executeTakeFirst();
  const fresh = before === undefined;
  await db
    .insertInto('setting')
    .values({ key: furnished, value: JSON.stringify(demo) })
    .onConflict(conflict => conflict.column('key').doNothing())
    .execute();
  if (demo === 'unwanted' || (demo === 'first-start' && !fresh)) return;
  for (const { id, name, profile } of demoWorkshop) {
    const found = catalog.find(type => type.profile === profile);
    if (found === undefined) continue;
    const settings = JSON.stringify(await settingsOf(found, portOf(directory, id)));
    await db
      .insertInto('equipment')
      .values({ id, name, type: found.type, settings, simulated: true, node: null, removed_at: null })
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute();
  }
}

/** On a serial port where the type takes one, else on a port of this computer. */
async function settingsOf(type: EquipmentType, path: string): Promise<object> {
  const serial = { path, simulated: true };
  return type.settings.safeParse(serial).success ? serial : { host, port: await freePort(), simulated: true };
}

/** Where simulated equipment finds its serial port. */
function portOf(directory: DataDirectory, id: string): string {
  return join(directory.ports, id);
}

/** How simulators are run; `shortRoot` is the data directory by a path short enough for sockets. */
interface Simulation {
  readonly bundles: string;
  readonly shortRoot: string;
  readonly asked: LaunchArguments;
}

/** The simulators that run beside the equipment which is marked simulated. */
export async function simulators(db: Database, directory: DataDirectory, how: Simulation): Promise<ChildProgram[]> {
  const rows = await db
    .selectFrom('equipment')
    .select(['id', 'name', 'type', 'settings'])
    .where('simulated', '=', true)
    .where('removed_at', 'is', null)
    .execute();
  const programs = rows.map(async ({ id, name, type, settings }): Promise<ChildProgram[]> => {
    const found = findType(type);
    if (found === undefined) return [];
    const file = join(how.bundles, found.simulator.replace(/\.ts$/, '.mjs'));
    const logFile = join(directory.logs, `${id}.simulator.log`);
    const place = (await placeOnNetwork(db, id, settings)) ?? ['--port', portOf(directory, id)];
    const args = [...found.simulatorArguments, ...place, ...simulatorArguments({ id, name }, directory, how)];
    return [{ name: id, file, args, variables: {}, logFile, readyWithinMs, niceness: 0, answersPings: false }];
  });
  return (await Promise.all(programs)).flat();
}

const networkSchema = z.looseObject({ host: z.literal(host), port: z.number() });

/**
 * Where a simulator serves that is found over the network of this computer. A port that somebody else has taken since is exchanged for a
 * free one in the row too, which the node reads later. Null for one on a serial port.
 */
async function placeOnNetwork(db: Database, id: string, settings: unknown): Promise<string[] | null> {
  const parsed = networkSchema.safeParse(settings);
  if (!parsed.success) return null;
  const port = await freePort(parsed.data.port);
  if (port !== parsed.data.port)
    await db
      .updateTable('equipment')
      .set({ settings: JSON.stringify({ ...parsed.data, port }) })
      .where('id', '=', id)
      .execute();
  return ['--tcp', String(port)];
}

function simulatorArguments(equipment: { id: string; name: string }, directory: DataDirectory, how: Simulation): string[] {
  const { id, name } = equipment;
  const log = how.asked.demoLog ? ['--log', join(directory.logs, `${id}.wire.jsonl`)] : [];
  const control = join(how.shortRoot, 'run', `${id}.control`);
  return ['--control', control, '--time-factor', String(how.asked.demoSpeed), '--name', name, ...log];
}
