// `npm run stop`: stops every machine of this computer, without log-in, database, message server or gateway. Built-ins only and nothing
// written, so that it also works with a full disk and a broken installation. Speaks actors/stop/protocol.ts with each node's socket.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/** A machine that says nothing for so long is NOT CONFIRMED. */
const patienceMs = 3_000;
const unconfirmed = 'NOT CONFIRMED - use the hardware stop';

const directory = resolve(process.env.WIT_DATA_DIR || './data');
const nodes = findNodes();
// A socket's path has at most 107 bytes: from inside the folder its name alone is enough.
if (nodes.length > 0) process.chdir(join(directory, 'run'));
if (nodes.length === 0) console.error(`No node runs on ${directory}: ${unconfirmed}.`);
const results = await Promise.all(nodes.map(stopNode));
process.exitCode = nodes.length > 0 && results.every(Boolean) ? 0 : 1;

function findNodes() {
  try {
    const names = readdirSync(join(directory, 'run')).filter(name => /^stop-.*\.sock$/.test(name));
    return names.map(socket => ({ name: socket.slice('stop-'.length, -'.sock'.length), socket }));
  } catch {
    return [];
  }
}

/** Presses stop for all machines of a node; true when every one of them confirmed that it rests. */
function stopNode(node) {
  /** Machine -> latest stage; `asked` until the node says more. Null until the node has listed its machines. */
  let listed = null;
  const stages = new Map();
  return new Promise(finish => {
    const socket = connect(node.socket);
    const end = sentence => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
      if (sentence) console.error(`${node.name}: ${sentence}: ${unconfirmed}.`);
      finish(!sentence && report(listed ?? [], stages));
    };
    const timer = setTimeout(() => end(listed ? null : `no answer within ${patienceMs} ms`), patienceMs);
    socket.on('connect', () => press(socket));
    socket.on('error', error => end(`cannot be reached (${error.code})`));
    socket.on('close', () => end(listed ? null : 'closed the connection'));
    onFrames(socket, frame => {
      if ('pong' in frame) listed = frame.equipment;
      else stages.set(frame.equipment, frame);
      if (listed?.every(machine => isFinal(stages.get(machine)))) end(null);
    });
  });
}

function press(socket) {
  const stop = { stopId: randomUUID(), equipment: 'all', by: 'host', byName: operator(), pass: 'host', at: Date.now() };
  const secret = readFileSync(join(directory, 'secrets', 'stop-lane'), 'utf8').trim();
  for (const frame of [{ hello: 'stop-lane', secret }, stop, { ping: 1 }]) socket.write(`${JSON.stringify(frame)}\n`);
}

/** The user of this computer; some have a number only. */
function operator() {
  try {
    return `${userInfo().username} (host)`;
  } catch {
    return 'host';
  }
}

function onFrames(socket, take) {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', chunk => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) take(JSON.parse(line));
  });
}

function isFinal(frame) {
  return frame !== undefined && frame.stage !== 'written';
}

/** One line per machine; true when all confirmed. */
function report(machines, stages) {
  for (const machine of machines) {
    const frame = stages.get(machine);
    const reason = frame?.reason ? ` (${frame.reason})` : '';
    if (frame?.stage === 'confirmed') console.log(`${machine}: stopped, confirmed after ${Math.round(frame.ms)} ms`);
    else console.error(`${machine}: stop ${frame?.stage ?? 'not answered'}${reason}: ${unconfirmed}.`);
  }
  if (machines.length === 0) console.log('The node has no machines.');
  return machines.every(machine => stages.get(machine)?.stage === 'confirmed');
}
