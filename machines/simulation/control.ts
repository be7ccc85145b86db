import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { z } from 'zod';

/** Answer to one verb; `ok: false` with `error` when it was not understood or could not be done. */
export type VerbAnswer = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;

/** The verbs that a simulator takes, and what it does with them. */
export interface VerbTaker<Verb> {
  readonly schema: z.ZodType<Verb>;
  perform(verb: Verb): Promise<VerbAnswer>;
}

/** Serves verbs on a Unix socket: one JSON object a line in, one JSON answer a line out, in order. */
export async function serveControl<Verb>(path: string, taker: VerbTaker<Verb>): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createServer(socket => serveSocket(socket, taker));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

function serveSocket<Verb>(socket: Socket, taker: VerbTaker<Verb>): void {
  let rest = '';
  let turn = Promise.resolve();
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) turn = turn.then(async () => void socket.write(`${JSON.stringify(await answer(line, taker))}\n`));
  });
}

async function answer<Verb>(line: string, { schema, perform }: VerbTaker<Verb>): Promise<VerbAnswer> {
  try {
    return await perform(schema.parse(JSON.parse(line)));
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
