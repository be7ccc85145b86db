import { connect } from 'node:net';
import { machineMs } from './measure.ts';

/** Presses stop on a node's socket on a fixed clock until it is ended; `at` is the time on the clock of the machine. Arguments: path, secret, ms. */
const [path = '', secret = '', every = '10'] = process.argv.slice(2);
const socket = connect(path, () => {
  socket.write(`${JSON.stringify({ hello: 'stop-lane', secret })}\n`);
  const began = machineMs();
  let pressed = 0;
  const press = () => {
    const frame = { stopId: `stop-${pressed}`, equipment: 'mill', by: 'bench', byName: 'Bench', pass: 'host', at: machineMs() };
    socket.write(`${JSON.stringify(frame)}\n`);
    pressed += 1;
    setTimeout(press, Math.max(0, began + pressed * Number(every) - machineMs()));
  };
  press();
});
socket.on('close', () => process.exit());
socket.on('error', () => process.exit());
