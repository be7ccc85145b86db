import { parseArgs } from 'node:util';
import { startSimulator } from './simulator/run.ts';

/**
 * A simulated Modbus TCP relay as a program: `--tcp PORT` (of this computer; 0 for a free one), `--log FILE`, `--control SOCKET`,
 * `--time-factor N`, `--name TEXT`. Says ready on standard output and to its parent, with `host` and `port`; ends on SIGTERM, SIGINT or
 * when its parent goes away.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      tcp: { type: 'string' },
      log: { type: 'string' },
      control: { type: 'string' },
      'time-factor': { type: 'string', default: '1' },
      name: { type: 'string', default: 'relay' },
    },
  });
  const tcp = Number(values.tcp ?? Number.NaN);
  if (!Number.isInteger(tcp) || tcp < 0 || tcp > 65_535) throw new Error(`--tcp ${values.tcp ?? ''} is not a port from 0 to 65535`);
  const timeFactor = Number(values['time-factor']);
  if (!(timeFactor > 0) || !Number.isFinite(timeFactor)) throw new Error(`--time-factor ${values['time-factor']} is not a number above 0`);
  const { log = null, control = null, name } = values;
  const simulator = await startSimulator({ tcp, log, control, timeFactor, name });
  const end = () => void simulator.close().then(() => process.exit(0));
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, end);
  const ready = { ready: true, ...simulator.link };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
  process.disconnect?.();
});
