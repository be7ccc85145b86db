import { grblSubject } from '../conformance/grbl-subject.ts';
import { conformance } from '../conformance.ts';
import { grbl } from './index.ts';

/** A zigzag of short moves near the home corner of the demo mill, whose G54 lies 600, 300 and 80 mm from it. */
const program = [
  'G21G90G94',
  'M3S8000',
  'G0X590Y290Z75',
  ...Array.from({ length: 300 }, (_, at) => `G1X${550 + (at % 20) * 2}Y${260 + Math.floor(at / 20) * 2}Z${70 - (at % 3)}F1500`),
  'M5',
  'G0Z75',
  'M2',
];

const subject = grblSubject(grbl, program);
conformance({ ...subject, link: 'serial' });
conformance({ ...subject, link: 'tcp' });
