import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import type { LanePress } from '../../actors/stop/protocol.ts';
import { type StopServer, startStopServer } from '../../actors/stop/server.ts';
import { until } from '../../actors/testing/until.ts';
import { loadSigningKeys, type SigningKeys } from '../auth/signing-keys.ts';
import { shareStopKeys } from '../auth/stop-keys.ts';
import { issueAccess, issueStopPass } from '../auth/tokens.ts';
import { laneServerFrame, type StopStage } from '../contract/live.ts';
import { configOf } from '../testing/workshop.ts';
import { type StopLane, startStopLane } from './lane.ts';

const origin = 'http://127.0.0.1:8000';
const secret = 'a'.repeat(43);
let folder: string;
let keys: SigningKeys;
let lane: StopLane;
let node: StopServer | null = null;
const presses: LanePress[] = [];
/** What the node has taken up so far. */
let machines = ['mill-1'];
/** Machine by machine, what reached a driver. */
const reached: { readonly stopId: string; readonly machine: string }[] = [];

type Said = 'written' | 'confirmed' | 'not-written' | 'nothing';

/** A node: the real stop server of the runtime over fake drivers. */
async function startNode(...stages: Said[]): Promise<void> {
  node = await startStopServer(join(folder, 'run', 'stop-node-1.sock'), secret, {
    get ids() {
      return machines;
    },
    press: (press, tell) => {
      presses.push(press);
      const { stopId, equipment } = press;
      const pressed = machines.filter(machine => equipment === 'all' || equipment === machine);
      if (pressed.length === 0) tell({ stopId, equipment, stage: 'unknown-target', ms: 0 });
      for (const machine of pressed) {
        reached.push({ stopId, machine });
        for (const stage of stages.length > 0 ? stages : (['written'] satisfies Said[])) {
          if (stage !== 'nothing') tell({ stopId, equipment: machine, stage, ms: 0 });
        }
      }
    },
  });
}

async function stopNode(): Promise<void> {
  await node?.close();
  node = null;
}

async function openLane(): Promise<StopLane> {
  // Neither database nor message server exist here: the lane must not need them.
  const config = configOf({
    WIT_DATA_DIR: folder,
    WIT_STOP_PORT: '0',
    WIT_DATABASE_URL: 'postgres://127.0.0.1:1/none',
    WIT_NATS_URL: 'nats://127.0.0.1:1',
  });
  return startStopLane({ config, now: Date.now, mono: () => performance.now(), log: () => undefined });
}

function pass(change: { now?: number; sid?: string; key?: SigningKeys['stop'] } = {}): Promise<string> {
  const issuing = { site: 'main', key: change.key ?? keys.stop, now: change.now ?? Date.now() };
  return issueStopPass({ sub: 'person-1', sid: change.sid ?? 'session-1', name: 'Mara' }, issuing);
}

class Presser {
  readonly frames: Record<string, unknown>[] = [];
  readonly socket: WebSocket;
  closed = false;

  constructor(from = origin) {
    this.socket = new WebSocket(`ws://127.0.0.1:${lane.port}/`, { origin: from });
    this.socket.on('message', data => this.frames.push({ ...laneServerFrame.parse(JSON.parse(String(data))), heardAt: performance.now() }));
    this.socket.on('close', () => {
      this.closed = true;
    });
    this.socket.on('error', () => undefined);
  }

  static async ready(withPass: string): Promise<Presser> {
    const presser = new Presser();
    await until('open', () => presser.socket.readyState === WebSocket.OPEN);
    presser.send({ pass: withPass });
    await until('an answer to the pass', () => presser.frames.length > 0);
    return presser;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  press(equipment = 'mill-1', stopId: string = randomUUID()): { stopId: string; at: number } {
    const at = performance.now();
    this.send({ stopId, equipment });
    return { stopId, at };
  }

  async stage(stopId: string, stage: StopStage['stage'], withinMs = 5_000): Promise<StopStage & { heardAt: number }> {
    const found = () => this.frames.find(frame => frame.stopId === stopId && frame.stage === stage);
    await until(`stage ${stage}`, () => found() !== undefined, withinMs);
    return found() as unknown as StopStage & { heardAt: number };
  }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wit-lane-'));
  mkdirSync(join(folder, 'secrets'), { mode: 0o700 });
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  writeFileSync(join(folder, 'secrets', 'stop-lane'), `${secret}\n`, { mode: 0o600 });
  keys = await loadSigningKeys(join(folder, 'secrets', 'gateway-keys.json'));
  await shareStopKeys(join(folder, 'run', 'stop-keys.json'), {
    keys: [{ kid: keys.stop.kid, jwk: keys.stop.publicJwk }],
    ended: ['ended-session'],
  });
  await startNode();
  lane = await openLane();
  const presser = await Presser.ready(await pass());
  await until('the node is reached', () => {
    presser.send({ ping: 1 });
    return presser.frames.some(frame => frame.node === true);
  });
}, 60_000);
afterAll(async () => {
  await lane?.close();
  await stopNode();
  rmSync(folder, { recursive: true, force: true });
});

describe('the pass', () => {
  test('valid: written, without database, messages and gateway', async () => {
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press();
    await presser.stage(stopId, 'received');
    expect((await presser.stage(stopId, 'written')).ms).toBeGreaterThanOrEqual(0);
    expect(presses.find(press => press.stopId === stopId)).toMatchObject({
      by: 'person-1',
      byName: 'Mara',
      pass: 'valid',
      equipment: 'mill-1',
    });
  });

  test.each([
    ['expired', { now: Date.now() - 25 * 3_600_000 }],
    ['revoked', { sid: 'ended-session' }],
  ] as const)('%s: it still stops, and is said and journaled to be so', async (state, change) => {
    const presser = await Presser.ready(await pass(change));
    const { stopId } = presser.press();
    await presser.stage(stopId, 'written');
    expect(presses.find(press => press.stopId === stopId)?.pass).toBe(state);
    await until('the page is told', () => presser.frames.some(frame => frame.code === `pass-${state}`));
  });

  test('signed elsewhere, of another kind, or missing: refused, and nothing is pressed', async () => {
    const foreign = await loadSigningKeys(join(folder, 'foreign.json'));
    const access = await issueAccess(
      { sub: 'p', sid: 's', name: 'M', login: 'm', role: 'administrator' },
      { site: 'main', key: keys.access, now: Date.now() },
    );
    const before = presses.length;
    for (const bad of [
      await pass({ key: { ...foreign.stop, kid: keys.stop.kid } }),
      await pass({ key: foreign.stop }),
      access.token,
      'x.y.z',
    ]) {
      const presser = await Presser.ready(bad);
      expect(presser.frames[0]?.code).toBe('bad-pass');
      presser.press();
      await until('refused', () => presser.frames.some(frame => frame.code === 'not-authenticated'));
    }
    expect(presses).toHaveLength(before);
  });

  test('a page of another origin gets no socket', async () => {
    const evil = new Presser('http://evil.example');
    await until('refused', () => evil.closed);
    expect(evil.frames).toEqual([]);
  });
});

describe('presses', () => {
  test('frames that are none are refused and the socket lives on', async () => {
    const presser = await Presser.ready(await pass());
    for (const bad of ['{', '[]', { stopId: 'x', equipment: 'mill-1' }, { stopId: randomUUID(), equipment: '../all' }]) presser.send(bad);
    await until('four refusals', () => presser.frames.filter(frame => frame.code === 'invalid').length === 4);
    await presser.stage(presser.press().stopId, 'written');
  });

  test('one stopId from two pages is one press, and both hear of it', async () => {
    const [one, two] = [await Presser.ready(await pass()), await Presser.ready(await pass())];
    const { stopId } = one.press();
    await one.stage(stopId, 'written');
    two.press('mill-1', stopId);
    await two.stage(stopId, 'written');
    expect(presses.filter(press => press.stopId === stopId)).toHaveLength(1);
  });

  test('all reaches every equipment', async () => {
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press('all');
    expect((await presser.stage(stopId, 'written')).equipment).toBe('mill-1');
  });

  test('unknown equipment is said to be unknown, never a success', async () => {
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press('no-such');
    await presser.stage(stopId, 'unknown-target');
    expect(presser.frames.some(frame => frame.stopId === stopId && frame.stage === 'written')).toBe(false);
  });
});

describe('POST /stop, for clients that are no page', () => {
  interface Answer {
    readonly status: number;
    readonly body: { stopId: string; confirmed: boolean; written: boolean; pass: string; stages: StopStage[] };
  }
  const post = async (withPass: string | null, body: string): Promise<Answer> => {
    const headers: Record<string, string> = withPass === null ? {} : { authorization: `Bearer ${withPass}` };
    const answer = await fetch(`http://127.0.0.1:${lane.port}/stop`, { method: 'POST', headers, body });
    return { status: answer.status, body: (await answer.json()) as Answer['body'] };
  };
  /** However busy this computer is: asks until the answer was in time. */
  const answered = async (body: string, isSo: (answer: Answer) => boolean): Promise<Answer> => {
    let answer: Answer | null = null;
    await until('it is answered in time', async () => {
      answer = await post(await pass(), body);
      return isSo(answer);
    });
    return answer ?? expect.fail('no answer');
  };
  const confirmed = (body: string) => answered(body, ({ status }) => status === 200);
  const nodeThatSays = async (...stages: Said[]) => {
    await stopNode();
    await startNode(...stages);
    await nodeSeen(await Presser.ready(await pass()));
  };

  test('[F17] a stop that was written and that no machine confirmed is NOT CONFIRMED, as on the page', async () => {
    const { status, body } = await answered(JSON.stringify({ stopId: randomUUID() }), answer => answer.body.written);
    expect(status).toBe(504);
    expect(body).toMatchObject({ confirmed: false, written: true, pass: 'valid' });
    expect(body.stages).toContainEqual(expect.objectContaining({ equipment: 'mill-1', stage: 'written' }));
  });

  test('[F17] it presses everything, whatever its body is, and is confirmed when every machine says that it rests', async () => {
    await nodeThatSays('written', 'confirmed');
    expect(await confirmed('{{{')).toMatchObject({ status: 200, body: { confirmed: true, written: true, pass: 'valid' } });
    expect(presses.at(-1)?.equipment).toBe('all');
    expect((await post(null, '{{{')).status).toBe(401);
    expect((await post('x.y.z', '{{{')).status).toBe(401);
  });

  test.each(['all', 'mill-1'])(
    '[F17] the same stopId again is no second press of %s, and is answered with the same stages',
    async equipment => {
      await nodeThatSays('written', 'confirmed');
      const stopId = randomUUID();
      const first = await confirmed(JSON.stringify({ equipment, stopId }));
      expect(first.body).toMatchObject({ stopId, confirmed: true });
      expect(first.body.stages.map(({ stage }) => stage)).toEqual(expect.arrayContaining(['received', 'written', 'confirmed']));
      expect(await post(await pass(), JSON.stringify({ equipment, stopId }))).toEqual(first);
      const presser = await Presser.ready(await pass());
      presser.press(equipment, stopId);
      await presser.stage(stopId, 'confirmed');
      expect(presses.filter(press => press.stopId === stopId)).toHaveLength(1);
    },
  );

  test('[F17] the same stopId for another equipment is a press of its own, and is answered for what it presses', async () => {
    await nodeThatSays('written', 'confirmed');
    const stopId = randomUUID();
    await confirmed(JSON.stringify({ equipment: 'mill-1', stopId }));
    const other = await post(await pass(), JSON.stringify({ equipment: 'no-such', stopId }));
    expect(other).toMatchObject({ status: 504, body: { confirmed: false, written: false } });
    expect(presses.at(-1)).toMatchObject({ equipment: 'no-such', stopId: other.body.stopId });
    expect(other.body.stopId).not.toBe(stopId);
  });

  test('[F17] a machine that confirmed too late for the answer is confirmed to whoever asks again', async () => {
    await stopNode();
    const stopId = randomUUID();
    const body = JSON.stringify({ equipment: 'mill-1', stopId });
    expect(await post(await pass(), body)).toMatchObject({ status: 504, body: { confirmed: false, written: false } });
    await startNode('written', 'confirmed');
    await confirmed(body);
    expect(presses.filter(one => one.stopId === stopId)).toHaveLength(1);
  });
});

describe('while the node is away', () => {
  test('the cable is cut: not-written is told at once', async () => {
    await stopNode();
    await startNode('not-written');
    const presser = await Presser.ready(await pass());
    await nodeSeen(presser);
    const { stopId } = presser.press();
    await presser.stage(stopId, 'not-written');
    expect(presser.frames.some(frame => frame.stopId === stopId && frame.stage === 'node-silent')).toBe(false);
  });

  test('a node that hangs: NOT CONFIRMED without a word from it', async () => {
    await stopNode();
    await startNode('nothing');
    const presser = await Presser.ready(await pass());
    await nodeSeen(presser);
    const { stopId } = presser.press();
    await presser.stage(stopId, 'node-silent');
    expect(presser.frames.some(frame => frame.stopId === stopId && frame.stage === 'written')).toBe(false);
  });

  test('a dead node: the latch is kept on disk through a restart of the lane, and sent again when the node is back', async () => {
    await stopNode();
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press();
    await presser.stage(stopId, 'node-silent');
    const pending = join(folder, 'run', 'stop-pending.json');
    await until('written down', () => readFileSync(pending, 'utf8').includes(stopId));
    await lane.close();
    lane = await openLane();
    await startNode();
    await until('sent again', () => presses.some(press => press.stopId === stopId));
    await until('forgotten once taken', () => !readFileSync(pending, 'utf8').includes(stopId));
  });

  test('the page that pressed hears written when the node is back', async () => {
    await stopNode();
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press();
    await presser.stage(stopId, 'node-silent');
    await startNode();
    await presser.stage(stopId, 'written');
  });
});

describe('a press for all, and machines that a node takes up one after the other', () => {
  const took = (stopId: string) => reached.filter(one => one.stopId === stopId).map(({ machine }) => machine);
  const listed = (...now: string[]) => {
    machines = now;
  };
  afterEach(() => listed('mill-1'));

  test('[F17] STOP ALL while the node was dead reaches each machine once, also one that it lists long after the others', async () => {
    await stopNode();
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press('all');
    await presser.stage(stopId, 'node-silent');
    listed();
    await startNode();
    await nodeSeen(presser);
    expect(took(stopId)).toEqual([]);
    listed('mill-1');
    await until('the mill has it', () => took(stopId).length > 0);
    await presser.stage(stopId, 'written');
    listed('mill-1', 'extractor-1');
    await until('the extractor has it', () => took(stopId).includes('extractor-1'));
    expect(took(stopId)).toEqual(['mill-1', 'extractor-1']);
  });

  test('[F17] a press that is kept for a machine to come does not press again what took it, when the node starts anew', async () => {
    const presser = await Presser.ready(await pass());
    const { stopId } = presser.press('all');
    await presser.stage(stopId, 'written');
    await stopNode();
    listed('mill-1', 'extractor-1');
    await startNode();
    await until('the extractor has it', () => took(stopId).includes('extractor-1'));
    await nodeSeen(presser);
    expect(took(stopId)).toEqual(['mill-1', 'extractor-1']);
  });
});

async function nodeSeen(presser: Presser): Promise<void> {
  presser.frames.length = 0;
  await until('the node is reached', () => {
    presser.send({ ping: 2 });
    return presser.frames.some(frame => frame.pong === 2 && frame.node === true);
  });
}
