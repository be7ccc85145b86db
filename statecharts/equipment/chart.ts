import { beam } from '../profiles/laser/beam.ts';
import { heat } from '../profiles/printer/heat.ts';
import { type ProfileName, profileNames } from '../profiles/profile.ts';
import { output } from '../profiles/switch/output.ts';
import { initialContext } from './context.ts';
import { type Family, familyOf } from './family.ts';
import { alarms } from './regions/alarms.ts';
import { authority } from './regions/authority.ts';
import { connection } from './regions/connection.ts';
import { execution } from './regions/execution.ts';
import { maintenance } from './regions/maintenance.ts';
import { mode } from './regions/mode.ts';
import { occupancy } from './regions/occupancy.ts';
import { safety } from './regions/safety.ts';
import { stopLatch } from './regions/stop-latch.ts';
import { equipmentSetup } from './setup.ts';

/**
 * The chart of one family: pure and serialisable. `createActor(equipmentChart('motion').provide({actions: recorders(record)}), {input})`.
 * The same nine regions for every equipment and what the family adds; rules.md says what they promise, `npm run verify` proves it.
 * A released form never changes under its version: a change after that brings a new version and the step to it (`migrations/`), one
 * before it makes the golden states anew (`scripts/make-golden.ts`).
 */
function build(name: ProfileName) {
  const family = familyOf(name);
  return equipmentSetup.createMachine({
    id: 'equipment',
    version: '2.0.0',
    context: ({ input }) => initialContext(input),
    type: 'parallel',
    states: {
      authority,
      connection: connection(family),
      safety: safety(family),
      stopLatch: stopLatch(family),
      occupancy: occupancy(family),
      maintenance: maintenance(family),
      alarms: alarms(family),
      mode: mode(family),
      execution: execution(family),
      ...added[name](family),
    },
  });
}

/** The regions that a family adds. */
const added: Readonly<Record<ProfileName, (family: Family) => object>> = {
  motion: () => ({}),
  laser: family => ({ beam: beam(family) }),
  printer: family => ({ heat: heat(family) }),
  process: () => ({}),
  switch: family => ({ output: output(family) }),
};

export type EquipmentChart = ReturnType<typeof build>;
const charts = Object.fromEntries(profileNames.map(name => [name, build(name)])) as Readonly<Record<ProfileName, EquipmentChart>>;

/** The chart of a family. */
export function equipmentChart(profile: ProfileName): EquipmentChart {
  return charts[profile];
}
