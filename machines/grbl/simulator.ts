import { parseArgs } from 'node:util';
import { type SimulatorOptions, startSimulator } from './simulator/run.ts';

/**
 * A simulated GRBL 1.1h mill as a program: `--port PATH` (link to its pseudo terminal) or `--tcp PORT` (of this computer; 0 for a free
 * one) with `--clients one|several`, `--log FILE`, `--control SOCKET`, `--time-factor N`, `--baud N`, `--name TEXT`; `--laser` makes it a laser in laser mode (`$32=1`, S to 1000). Says ready on
 * standard output and to its parent, with `port` or with `host` and `port`; ends on SIGTERM, SIGINT or when its parent goes away.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      tcp: { type: 'string' },
      clients: { type: 'string', default: 'one' },
      log: { type: 'string' },
      control: { type: 'string' },
      'time-factor': { type: 'string', default: '1' },
      baud: { type: 'string', default: '115200' },
      name: { type: 'string' },
      laser: { type: 'boolean', default: false },
    },
  });
  const simulator = await startSimulator({
    port: placeOf(values),
    log: values.log ?? null,
    control: values.control ?? null,
    timeFactor: positive('--time-factor', values['time-factor']),
    baud: values.baud === '0' ? 0 : positive('--baud', values.baud),
    name: values.name ?? (values.laser ? 'SIMULATED LASER' : 'SIMULATED MILL'),
    kind: values.laser ? 'laser' : 'mill',
  });
  const end = () => void simulator.close().then(() => process.exit(0));
  for (const event of ['SIGTERM', 'SIGINT', 'disconnect']) process.once(event, end);
  const ready = { ready: true, ...('path' in simulator.link ? { port: simulator.link.path } : simulator.link) };
  process.send?.(ready);
  process.stdout.write(`${JSON.stringify(ready)}\n`);
}

interface PlaceArguments {
  readonly port?: string | undefined;
  readonly tcp?: string | undefined;
  readonly clients: string;
}

function placeOf({ port, tcp, clients }: PlaceArguments): SimulatorOptions['port'] {
  if (tcp === undefined && port !== undefined) return port;
  if (tcp === undefined || port !== undefined) throw new Error('either --port PATH or --tcp PORT: where shall the port be?');
  if (clients !== 'one' && clients !== 'several') throw new Error(`--clients ${clients} is neither one nor several`);
  const number = Number(tcp);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new Error(`--tcp ${tcp} is not a port from 0 to 65535`);
  return { tcp: number, clients };
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
