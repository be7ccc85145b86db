import { join } from 'node:path';
import type { EquipmentType } from '../driver.ts';
import { OpeningBudget } from '../links/opening-budget.ts';
import { openSerialLink } from '../links/serial.ts';
import { openTcpLink } from '../links/tcp.ts';
import { grblDialect } from './dialect.ts';
import { openGrbl } from './driver.ts';
import { type GrblSettings, grblSettingsSchema, localityOf } from './settings.ts';
import { laser, mill, type Variant } from './variant.ts';

export { realtime } from './encode.ts';
export { laser };

/** What tells one type of machine with a GRBL controller from another. */
export type GrblDifference = Pick<EquipmentType, 'type' | 'title' | 'simulatorArguments'> & { readonly variant: Variant };

/** A type of machine with GRBL 1.1 on a serial port, or on a TCP port as grblHAL and FluidNC offer it. */
export function grblType({ variant, ...difference }: GrblDifference): EquipmentType<GrblSettings> {
  return {
    ...difference,
    profile: variant.profile,
    settings: grblSettingsSchema,
    capabilities: [
      { name: 'program' },
      { name: 'hold' },
      { name: 'home' },
      { name: 'jog' },
      { name: 'mdi' },
      { name: 'override' },
      { name: 'door', absent: 'Depends on how the firmware was built; known when the controller has been identified.' },
      variant.laser,
    ],
    stopPath: 'realtime',
    abortCategory: 1,
    program: { dialect: grblDialect, lineFed: true },
    simulator: 'machines/grbl/simulator.ts',
    locality: localityOf,
    open(context) {
      const { settings, fence, clock, directory } = context;
      const shared = { fence, clock, random: Math.random };
      const budget = new OpeningBudget(join(directory, 'openings'), sinceStart);
      return openGrbl(
        context,
        listener =>
          'host' in settings
            ? openTcpLink({ ...settings, ...shared }, listener)
            : openSerialLink({ ...settings, ...shared, budget }, listener),
        variant,
      );
    },
  };
}

/** ms since this computer started, the same for all its processes. */
function sinceStart(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A mill or router. */
export const grbl = grblType({ type: 'grbl', title: 'GRBL 1.1 mill or router', simulatorArguments: [], variant: mill });
