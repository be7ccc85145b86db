import type { Dialect } from '../gcode/dialect.ts';

/**
 * What a program for GRBL 1.1 may contain (gnea/grbl grbl/gcode.c). Left out although the firmware knows them: what writes the
 * EEPROM (G10, G28.1, G30.1), the stored positions nobody can check (G28, G30), and M7, which most builds refuse mid-job.
 */
export const grblDialect: Dialect = {
  name: 'GRBL 1.1',
  // LINE_BUFFER_SIZE is 80 with the terminating zero.
  maxLineLength: 79,
  axes: ['X', 'Y', 'Z'],
  g: [0, 1, 2, 3, 4, 17, 18, 19, 20, 21, 40, 43.1, 49, 53, 54, 55, 56, 57, 58, 59, 61, 80, 90, 91, 91.1, 92, 92.1, 93, 94],
  m: [0, 1, 2, 3, 4, 5, 8, 9, 30],
  words: ['F', 'S', 'I', 'J', 'K', 'R', 'P', 'T'],
  mdiG: [10, 28, 30, 38.2, 38.3, 38.4, 38.5],
};
