import { parseArgs } from 'node:util';
import { startSimulator } from './simulator/run.ts';

/**
 * A simulated GRBL 1.1h mill as a program: `--port PATH` (link to its pseudo terminal), `--log FILE`, `--control SOCKET`,
 * `--time-factor N`, `--baud N`, `--name TEXT`. Says ready on standard output and to its parent; ends on SIGTERM, SIGINT or when
 * its parent goes away.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      log: { type: 'string' },
      control: { type: 'string' },
      'time-factor': { type: 'string', default: '1' },
      baud: { type: 'string', default: '115200' },
      name: { type: 'string', default: 'SIMULATED MILL' },
    },
  });
  if (values.port === undefined) throw new Error('--port PATH is missing: where shall the port be?');
  const simulator = await startSimulator({
    port: values.port,
    log: values.log ?? null,
    control: values.control ?? null,
    timeFactor: positive('--time-factor', values['time-factor']),
    baud: values.baud === '0' ? 0 : positive('--baud', values.baud),
    name: values.name,
  });
  const end = () => void simulator.close().then(() => process.exit(0));
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, end);
  const ready = { ready: true, port: values.port };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new Error(`${option} ${text} is not a number above 0`);
  return value;
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
  process.disconnect?.();
});
