import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Lease, leaseTimes } from '../system/lease.ts';
import { realClock } from '../system/real-ports.ts';
import { closeNodeServices, openNodeServices } from '../testing/node-services.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { Workshop } from '../testing/workshop.ts';
import { listenJson } from '../transport/json-listener.ts';
import type { EquipmentHost } from './equipment-host.ts';
import type { Fleet } from './fleet.ts';
import { HandOverDesk } from './hand-over-desk.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

const aDay = 86_400_000;

let shop: Workshop;
let services: NodeServices;
let desk: HandOverDesk;
let given: string[];
const log: string[] = [];

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  services = await openNodeServices(shop, { clock: realClock, log: line => log.push(line) });
  // A node that is ready to go on with anything.
  listenJson(services.messages, 'wit.main.node.n2.hand-over.prepare', ({ reply }) => reply({ ok: true }));
});
afterAll(async () => {
  await closeNodeServices(services);
  await shop?.close();
});
beforeEach(() => {
  given = [];
  log.length = 0;
});

afterEach(() => desk.close());

/** The desk of a node with one mill that runs a program, and how it departs. */
function deskOf(depart: () => Promise<boolean>): HandOverDesk {
  const run = { job: 'job-1', hash: 'abc' };
  const context = { dialect: {}, envelope: null, offsets: {} };
  const about = { id: 'mill-1', type: 'grbl', profile: 'motion', epoch: 1, shared: true, rests: false, transferableRun: run };
  const host = { ...about, checkContext: () => context, beginLast: () => undefined, depart } as unknown as EquipmentHost;
  let hosts = [host];
  const fleet = {
    get hosts() {
      return hosts;
    },
    get transferable() {
      return hosts;
    },
    giveUp: async (id: string) => {
      hosts = [];
      given.push(id);
    },
  } as unknown as Fleet;
  const lease = new Lease({ times: leaseTimes(12_000), clock: realClock, uptime: () => realClock.monotonic() });
  lease.close();
  const asked = { successors: () => ['n2'], look: async () => undefined };
  return new HandOverDesk({ services, fleet, jobs: {} as JobDirectory, lease, drainMs: 30_000, waitMs: aDay, ...asked });
}

const failures: readonly [string, () => Promise<boolean>][] = [
  ['its last answers are late', async () => false],
  ['the database dies before it is given back', () => Promise.reject(new Error('Connection terminated unexpectedly'))],
];

test.each(failures)('[G15] [F27] a run that is fed no more and not handed over, because %s, is held at once', async (_, depart) => {
  desk = deskOf(depart);
  await desk.drain(new AbortController().signal);
  expect(given).toEqual(['mill-1']);
  expect(log).toContain('mill-1: its run could not be handed over, so it is held.');
});
