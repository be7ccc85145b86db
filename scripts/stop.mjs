// `npm run stop`: stops every machine of this computer, without log-in, database, message server or gateway. Built-ins only and nothing
// written, so that it also works with a full disk and a broken installation. Speaks actors/stop/protocol.ts with each node's socket.
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';

/** A machine that says nothing for so long is NOT CONFIRMED. */
const patienceMs = 3_000;
/** A node that has just started takes its machines up one after the other: its list counts when it has not grown for so long. */
const settledMs = 1_000;
const askEveryMs = 100;
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

/** Presses stop for all machines of a node, also those that it takes up meanwhile; true when every one of them confirmed that it rests. */
function stopNode(node) {
  const stop = { stopId: randomUUID(), equipment: 'all', by: 'host', byName: operator(), pass: 'host', at: Date.now() };
  /** `listed` is null until the node has listed its machines; `stages` has the latest of each machine. */
  const known = { listed: null, grewAt: 0, stages: new Map() };
  return new Promise(finish => {
    const socket = connect(node.socket);
    const say = frame => socket.write(`${JSON.stringify(frame)}\n`);
    let asking;
    const end = sentence => {
      clearTimeout(timer);
      clearInterval(asking);
      socket.removeAllListeners().on('error', () => undefined);
      socket.destroy();
      if (sentence) console.error(`${node.name}: ${sentence}: ${unconfirmed}.`);
      finish(!sentence && report(known));
    };
    const timer = setTimeout(() => end(nothingKnown(known)), patienceMs);
    socket.on('connect', () => {
      for (const frame of [{ hello: 'stop-lane', secret: secret() }, stop, { ping: 1 }]) say(frame);
      asking = setInterval(() => say({ ping: 1 }), askEveryMs);
    });
    socket.on('error', error => end(`cannot be reached (${error.code})`));
    socket.on('close', () => end(known.listed?.length ? null : 'closed the connection'));
    onFrames(socket, frame => {
      if ('stage' in frame) known.stages.set(frame.equipment, frame);
      else for (const machine of newlyListed(known, frame.equipment)) say({ ...stop, equipment: machine });
      if (isComplete(known)) end(null);
    });
  });
}

/** Takes over what the node lists now; gives the new ones that the press for all, which was answered before, did not reach. */
function newlyListed(known, equipment) {
  const added = equipment.filter(machine => !known.listed?.includes(machine));
  if (known.listed === null || added.length > 0) known.grewAt = performance.now();
  known.listed = [...(known.listed ?? []), ...added];
  return added.filter(machine => !known.stages.has(machine));
}

function isComplete({ listed, grewAt, stages }) {
  if (!listed || listed.length === 0 || performance.now() - grewAt < settledMs) return false;
  return listed.every(machine => isFinal(stages.get(machine)));
}

/** Why nothing can be said of a node's machines after all the patience; null when it has named some. That it has none it cannot say. */
function nothingKnown({ listed }) {
  if (!listed) return `no answer within ${patienceMs} ms`;
  return listed.length === 0 ? `named no machine within ${patienceMs} ms (it has none, or has not taken them up yet)` : null;
}

function secret() {
  return readFileSync(join(directory, 'secrets', 'stop-lane'), 'utf8').trim();
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
function report({ listed, stages }) {
  for (const machine of listed) {
    const frame = stages.get(machine);
    const reason = frame?.reason ? ` (${frame.reason})` : '';
    if (frame?.stage === 'confirmed') console.log(`${machine}: stopped, confirmed after ${Math.round(frame.ms)} ms`);
    else console.error(`${machine}: stop ${frame?.stage ?? 'not answered'}${reason}: ${unconfirmed}.`);
  }
  return listed.every(machine => stages.get(machine)?.stage === 'confirmed');
}
