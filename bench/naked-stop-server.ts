import uws from 'uWebSockets.js';
import { openSync, writeSync } from 'node:fs';

/** The shortest way a stop can go: WebSocket frame in, one byte written to the port, frame out. Arguments: port number, port path. */
const [port, path] = process.argv.slice(2);
const fd = openSync(path ?? '', 'w');
const hold = Buffer.from('!');

uws
  .App()
  .ws('/*', {
    message: socket => {
      writeSync(fd, hold);
      socket.send('written');
    },
  })
  .listen('127.0.0.1', Number(port), () => console.log('listening'));
