import { initialContext } from './context.ts';
import { authority } from './regions/authority.ts';
import { connection } from './regions/connection.ts';
import { execution } from './regions/execution.ts';
import { mode } from './regions/mode.ts';
import { occupancy } from './regions/occupancy.ts';
import { safety } from './regions/safety.ts';
import { stopLatch } from './regions/stop-latch.ts';
import { equipmentSetup } from './setup.ts';

/**
 * The equipment chart: pure and serialisable. `createActor(equipmentChart.provide({actions: recorders(record)}), {input})`.
 * Seven regions; rules.md says what they promise, `npm run verify` proves it.
 */
export const equipmentChart = equipmentSetup.createMachine({
  id: 'equipment',
  version: '1.1.0',
  context: ({ input }) => initialContext(input),
  type: 'parallel',
  states: { authority, connection, safety, stopLatch, occupancy, mode, execution },
});
