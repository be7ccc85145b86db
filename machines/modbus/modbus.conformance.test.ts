import { buildSimulator } from '../conformance/suite.ts';
import { switchConformance } from '../conformance/switch.ts';
import { modbusSwitch } from './index.ts';

/** Any transaction, protocol 0, length, unit 255; then function and data. */
const frame = (length: number, rest: string) => new RegExp(`^[0-9a-f]{4}0000000${length}ff${rest}$`);

switchConformance({
  type: modbusSwitch,
  link: 'tcp',
  // Patience that a test can wait for.
  settings: { answerWithinMs: 300, settleMs: 400, silentAfterMs: 700 },
  build: () => buildSimulator(modbusSwitch),
  grammar: {
    questions: /^[0-9a-f]{4}0000(0006ff0100000001|0005ff2b0e010[0-9a-f])$/,
    on: frame(6, '050000ff00'),
    off: frame(6, '0500000000'),
  },
});
