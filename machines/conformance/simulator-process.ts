import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';

/** A simulator as a process of its own, as the launcher starts it. */
export interface SimulatorProcess {
  readonly port: string;
  readonly wireLog: string;
  /** Sends one fault verb and waits for its answer; throws when the simulator did not take it. */
  verb(verb: { readonly verb: string } & Record<string, unknown>): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export interface SimulatorOrder {
  /** The built program. */
  readonly program: string;
  readonly directory: string;
  readonly timeFactor: number;
}

const answerSchema = z.looseObject({ ok: z.boolean() });

/** Starts a simulator and waits until it serves its port. */
export async function startSimulator(order: SimulatorOrder): Promise<SimulatorProcess> {
  const [port, wireLog, control] = ['port', 'wire.jsonl', 'control'].map(name => join(order.directory, name)) as [string, string, string];
  const args = ['--port', port, '--log', wireLog, '--control', control, '--time-factor', String(order.timeFactor)];
  const child = spawn(process.execPath, [order.program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  await ready(child);
  return { port, wireLog, verb: verb => send(control, verb), stop: () => end(child) };
}

async function ready(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('exit', code => reject(new Error(`the simulator ended with ${code}`)));
    child.stdout?.once('data', () => resolve());
  });
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
