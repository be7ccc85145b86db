import { randomUUID } from 'node:crypto';
import type { LanePress } from '../stop/protocol.ts';

/** Anna presses the stop key of a machine. */
export const stopPress = (equipment = 'mill-1', stopId: string = randomUUID()): LanePress => ({
  stopId,
  equipment,
  by: 'anna',
  byName: 'Anna',
  pass: 'valid',
  at: 1,
});
