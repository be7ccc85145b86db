import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';

/** Effects that may set something in motion. */
export const movingEffects: readonly DeviceEffect['type'][] = [
  'device.resume',
  'device.home',
  'device.jog',
  'device.mdi',
  'device.program.run',
];
