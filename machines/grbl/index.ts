import type { EquipmentType } from '../driver.ts';
import { openSerialLink } from '../links/serial.ts';
import { grblDialect } from './dialect.ts';
import { openGrbl } from './driver.ts';
import { type GrblSettings, grblSettingsSchema } from './settings.ts';

/** A mill or router with GRBL 1.1 on a serial port. */
export const grbl: EquipmentType<GrblSettings> = {
  type: 'grbl',
  title: 'GRBL 1.1 mill or router',
  profile: 'motion',
  settings: grblSettingsSchema,
  capabilities: [
    { name: 'program' },
    { name: 'hold' },
    { name: 'home' },
    { name: 'jog' },
    { name: 'mdi' },
    { name: 'override' },
    { name: 'door', absent: 'Depends on how the firmware was built; known when the controller has been identified.' },
    { name: 'laser', absent: 'This equipment type is a mill.' },
  ],
  dialect: grblDialect,
  stopPath: 'realtime',
  abortCategory: 1,
  lineFed: true,
  simulator: 'machines/grbl/simulator.ts',
  open(context) {
    const { path, baudRate } = context.settings;
    const link = { path, baudRate, fence: context.fence, clock: context.clock, random: Math.random };
    return openGrbl(context, listener => openSerialLink(link, listener));
  },
};
