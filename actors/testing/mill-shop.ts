import { type RunningSimulator, startSimulator } from '../../machines/grbl/simulator/run.ts';
import type { Node } from '../node.ts';
import { createTestDatabase } from './test-database.ts';
import { TestMill } from './test-mill.ts';
import { type Ground, Workshop } from './workshop.ts';

/** A workshop with one node and one mill, `mill-1`, on a pseudo terminal. */
interface MillShop {
  readonly shop: Workshop;
  readonly mill: TestMill;
  readonly simulator: RunningSimulator;
  readonly node: Node;
}

/** Sets it up on a database of its own unless told; `furnish` comes before the node. The mill is online when it resolves. */
export async function openMillShop(given: { ground?: Ground; furnish?: (shop: Workshop) => Promise<void> } = {}): Promise<MillShop> {
  const shop = await Workshop.open(given.ground ?? (await createTestDatabase()));
  const mill = new TestMill(shop);
  const simulator = await startSimulator({ port: mill.port, log: mill.wireLog, control: null, timeFactor: 50, baud: 0, name: 'TEST MILL' });
  await shop.addMill('mill-1', { path: mill.port, simulated: true });
  await given.furnish?.(shop);
  const node = await shop.startNode();
  await mill.becomes('connection', 'online');
  return { shop, mill, simulator, node };
}

/** Ends what is there, in the order in which one needs the other; a set-up that failed left some of it out. */
export async function closeShop(parts: {
  readonly node: { close(): Promise<unknown> } | undefined;
  readonly simulator: { close(): Promise<unknown> } | undefined;
  readonly shop: Workshop | undefined;
}): Promise<void> {
  await parts.node?.close();
  await parts.simulator?.close();
  await parts.shop?.close();
}
