import type { EquipmentType } from './driver.ts';
import { grbl } from './grbl/index.ts';
import { grblLaser } from './grbl-laser/index.ts';
import { modbusSwitch } from './modbus/index.ts';

/** Every equipment type this software can drive. Whoever opens one parses its settings with the type's own schema first. */
export const catalog: readonly EquipmentType[] = [grbl, grblLaser, modbusSwitch];

/** The type of a folder name, undefined for an unknown one. */
export function findType(name: string): EquipmentType | undefined {
  return catalog.find(entry => entry.type === name);
}
