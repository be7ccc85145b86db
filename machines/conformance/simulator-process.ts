import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

/** A simulator as a process of its own, as the launcher starts it. */
export interface SimulatorProcess {
  /** The settings that lead a driver to it: `path`, or `host` and `port`. */
  readonly link: Readonly<Record<string, unknown>>;
  readonly wireLog: string;
  /** Sends one fault verb and waits for its answer; throws when the simulator did not take it. */
  verb(verb: { readonly verb: string } & Record<string, unknown>): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** What lies between driver and device. */
export type LinkKind = 'serial' | 'tcp';

export interface SimulatorOrder {
  readonly link: LinkKind;
  /** The built program. */
  readonly program: string;
  /** What makes the program the device of the type. */
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly timeFactor: number;
}

const answerSchema = z.looseObject({ ok: z.boolean() });

/** Starts a simulator and waits until it serves its port. */
export async function startSimulator(order: SimulatorOrder): Promise<SimulatorProcess> {
  const [port, wireLog, control] = ['port', 'wire.jsonl', 'control'].map(name => join(order.directory, name)) as [string, string, string];
  const place = order.link === 'tcp' ? ['--tcp', '0'] : ['--port', port];
  const args = [...order.arguments, ...place, '--log', wireLog, '--control', control, '--time-factor', String(order.timeFactor)];
  const child = spawn(process.execPath, [order.program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const found = await ready(child);
  const link = found.host === undefined ? { path: port } : { host: found.host, port: found.port };
  return { link, wireLog, verb: verb => send(control, verb), stop: () => end(child) };
}

const readySchema = z.looseObject({ ready: z.literal(true), host: z.string().optional() });

async function ready(child: ChildProcess): Promise<z.infer<typeof readySchema>> {
  const line = await new Promise<unknown>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the simulator ended with ${code}`)));
    child.stdout?.once('data', resolve);
  });
  return readySchema.parse(JSON.parse(String(line)));
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function send(control: string, verb: object): Promise<Record<string, unknown>> {
  const socket = createConnection(control);
  socket.write(`${JSON.stringify(verb)}\n`);
  let text = '';
  for await (const bytes of socket) {
    text += String(bytes);
    if (text.includes('\n')) break;
  }
  socket.destroy();
  const answer = answerSchema.parse(JSON.parse(text));
  if (!answer.ok) throw new Error(`the simulator refused ${JSON.stringify(verb)}: ${text}`);
  return answer;
}
