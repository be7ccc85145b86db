import { join } from 'node:path';
import { catalog, findType } from '../../machines/catalog.ts';
import type { Database } from '../storage/database.ts';
import type { LaunchArguments } from './arguments.ts';
import type { ChildProgram } from './child-program.ts';
import type { DataDirectory } from './data-directory.ts';

/** The workshop of a first start: simulated machines behind real ports, marked SIMULATED wherever they appear. */
const demoWorkshop = [
  { id: 'mill-1', name: 'Mill 1', beam: false },
  { id: 'laser-1', name: 'Laser 1', beam: true },
] as const;

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
  for (const { id, name, beam } of demoWorkshop) {
    const type = catalog.find(
      ({ capabilities }) => beam === capabilities.some(can => can.name === 'laser' && can.absent === undefined),
    )?.type;
    if (type === undefined) continue;
    const settings = JSON.stringify({ path: portOf(directory, id), simulated: true });
    await db
      .insertInto('equipment')
      .values({ id, name, type, settings, simulated: true, node: null, removed_at: null })
      .onConflict(conflict => conflict.column('id').doNothing())
      .execute();
  }
}

/** Where simulated equipment finds its port. */
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
    .select(['id', 'name', 'type'])
    .where('simulated', '=', true)
    .where('removed_at', 'is', null)
    .execute();
  return rows.flatMap(({ id, name, type }) => {
    const found = findType(type);
    if (found === undefined) return [];
    const file = join(how.bundles, found.simulator.replace(/\.ts$/, '.mjs'));
    const logFile = join(directory.logs, `${id}.simulator.log`);
    const args = [...found.simulatorArguments, ...simulatorArguments({ id, name }, directory, how)];
    return [{ name: id, file, args, variables: {}, logFile, readyWithinMs, niceness: 0, answersPings: false }];
  });
}

function simulatorArguments(equipment: { id: string; name: string }, directory: DataDirectory, how: Simulation): string[] {
  const { id, name } = equipment;
  const log = how.asked.demoLog ? ['--log', join(directory.logs, `${id}.wire.jsonl`)] : [];
  const control = join(how.shortRoot, 'run', `${id}.control`);
  return ['--port', portOf(directory, id), '--control', control, '--time-factor', String(how.asked.demoSpeed), '--name', name, ...log];
}
