import { createServer } from 'node:net';

/** True when we can listen on a TCP port of an address now. */
export function isPortFree(port: number, host: string): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

/** The wished port when it is free, else any free one of the loopback address. */
export async function freePort(wished?: number): Promise<number> {
  if (wished && (await isPortFree(wished, '127.0.0.1'))) return wished;
  return listenOnce(0, '127.0.0.1');
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      const used = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(used));
    });
  });
}
