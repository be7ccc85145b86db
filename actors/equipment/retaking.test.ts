import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tenure } from '../system/lease.ts';
import { realClock } from '../system/real-ports.ts';
import { closeNodeServices, openNodeServices } from '../testing/node-services.ts';
import { stopPress } from '../testing/stop-press.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { Workshop } from '../testing/workshop.ts';
import { Fleet } from './fleet.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

let shop: Workshop;
let services: NodeServices;
let fleet: Fleet;
/** What became of the jobs of the mill, in order. */
const jobs: string[] = [];
let letJobsGo = () => {};
let trouble: Error | null = null;
const log: string[] = [];

const directory: JobDirectory = {
  readyJob: () => null,
  adopt: async () => void jobs.push('adopt'),
  rehearse: async () => undefined,
  provide: async () => false,
  resume: () => undefined,
  letGo: async () => {
    if (trouble) throw trouble;
    jobs.push('let go');
    await new Promise<void>(done => {
      letJobsGo = done;
    });
    jobs.push('gone');
  },
  tell: () => undefined,
};

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  services = await openNodeServices(shop, { clock: realClock, log: line => log.push(line) });
  fleet = new Fleet(services, directory);
  // Nobody is there: what is taken and let go here does not depend on a device.
  await shop.addMill('mill-1', { host: '127.0.0.1', port: 1, simulated: true });
});
afterAll(async () => {
  await fleet?.close();
  await closeNodeServices(services);
  await shop?.close();
});

const standing = () => services.db.selectFrom('actor').select(['epoch', 'owner']).where('id', '=', 'equipment/mill-1').executeTakeFirst();
const claim = (tenure: Tenure, expectedEpoch: number) => ({ tenure, expectedEpoch, goesOn: false });
const forGood: Tenure = { valid: () => true };

test('[G2] a machine whose jobs cannot be put away is let go all the same, nobody is left with a rejection, and it can be taken again', async () => {
  let held = true;
  await fleet.take('mill-1', claim({ valid: () => held }, 0));
  trouble = new Error('EIO: i/o error, close');
  held = false;
  await fleet.sweep();
  trouble = null;
  expect(log).toContainEqual(expect.stringContaining('mill-1: its jobs were not put away in order: Error: EIO'));
  held = true;
  expect(await fleet.take('mill-1', claim({ valid: () => held }, 1))).toMatchObject({ ok: true });
  held = false;
  jobs.length = 0;
  const swept = fleet.sweep();
  await expect.poll(() => jobs).toEqual(['let go']);
  letJobsGo();
  await swept;
});

test('[G7] a stop that was kept for a taking that came to nothing is for nobody here any more', async () => {
  const { epoch } = (await standing()) ?? { epoch: 0 };
  let held = true;
  jobs.length = 0;
  expect(await fleet.take('mill-1', claim({ valid: () => held }, Number(epoch)))).toMatchObject({ ok: true });
  held = false;
  const swept = fleet.sweep();
  const taken = fleet.take('mill-1', claim(forGood, Number(epoch)));
  expect(fleet.concerns('mill-1')).toBe(true);
  await expect.poll(() => jobs).toEqual(['adopt', 'let go']);
  letJobsGo();
  await swept;
  expect(await taken).toMatchObject({ ok: false });
  expect(fleet.concerns('mill-1')).toBe(false);
});

test('[G1] [G7] a machine that is taken again while it is still let go waits for that; it keeps its jobs, its stop key and its orderly end', async () => {
  let held = true;
  jobs.length = 0;
  expect(await fleet.take('mill-1', claim({ valid: () => held }, 3))).toMatchObject({ ok: true });
  held = false;
  const swept = fleet.sweep();
  const taken = fleet.take('mill-1', claim(forGood, 4));
  const stages: string[] = [];
  fleet.press({ ...stopPress(), equipment: 'mill-1' }, frame => stages.push('stage' in frame ? frame.stage : 'pong'));
  await expect.poll(() => jobs).toEqual(['adopt', 'let go']);
  expect(fleet.find('mill-1')).toBeUndefined();
  expect(await standing()).toMatchObject({ epoch: 4 });

  letJobsGo();
  await swept;
  expect(await taken).toMatchObject({ ok: true });
  expect(jobs).toEqual(['adopt', 'let go', 'gone', 'adopt']);
  expect(fleet.owned).toMatchObject([{ actor: 'equipment/mill-1', epoch: 5 }]);
  // There is no connection, and that is the answer of whoever has the machine.
  expect(stages).toEqual(['not-written']);
  await fleet.close();
  expect(await standing()).toMatchObject({ epoch: 5, owner: null });
});
