import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { type Verb, verbSchema } from './faults.ts';

/** Answer to one verb; `ok: false` with `error` when it was not understood or could not be done. */
export type VerbAnswer = { readonly ok: boolean; readonly error?: string } & Readonly<Record<string, unknown>>;

/** Serves verbs on a Unix socket: one JSON object a line in, one JSON answer a line out, in order. */
export async function serveControl(path: string, perform: (verb: Verb) => Promise<VerbAnswer>): Promise<Server> {
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const server = createServer(socket => serveSocket(socket, perform));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server;
}

function serveSocket(socket: Socket, perform: (verb: Verb) => Promise<VerbAnswer>): void {
  let rest = '';
  let turn = Promise.resolve();
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) turn = turn.then(async () => void socket.write(`${JSON.stringify(await answer(line, perform))}\n`));
  });
}

async function answer(line: string, perform: (verb: Verb) => Promise<VerbAnswer>): Promise<VerbAnswer> {
  try {
    return await perform(verbSchema.parse(JSON.parse(line)));
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}
