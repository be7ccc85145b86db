import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { OpenRig, Rig } from './rig.ts';
import { receivedLines, wireNow } from './wire.ts';

/** What a busy test machine may add to a timer, ms. */
const schedulingMs = 50;
/** Motion ends at most this long after a jog's last grant, ms (before deceleration), and an allowance for the machine. */
const grantBudgetMs = 350;

/** A hand of its own thread: grants every 100 ms, whatever this thread does, each with the time at which it was given. */
const hand = `
const { parentPort, workerData } = require('node:worker_threads');
let left = workerData;
const timer = setInterval(() => {
  parentPort.postMessage(Number(process.hrtime.bigint()) / 1e6);
  if (--left === 0) clearInterval(timer);
}, 100);`;

/** Jogs held by grants of another thread, with the event loop blocked for 200 ms `afterMs` after the third; the time of the last grant. */
async function jogThroughBlockade(rig: Rig, grants: number, afterMs: number): Promise<number> {
  const jogId = randomUUID();
  let last = 0;
  let seen = 0;
  rig.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: -1 }, feed: 1200 } });
  const thread = new Worker(hand, { eval: true, workerData: grants });
  thread.on('message', (at: number) => {
    last = at;
    rig.driver.grantJog(jogId);
    seen += 1;
    if (seen === 3) setTimeout(() => blockFor(200), afterMs);
  });
  await rig.report('jog.ended');
  await thread.terminate();
  return last;
}

function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** The clauses on jogs: a held one is dead as soon as nobody grants it, a step goes its distance. */
export function jogging(prepared: OpenRig): void {
  it.each([
    ['end and the host stands still at once', 3, 0],
    ['end and the host stands still a little later', 3, 45],
    ['end while the host stands still, and are read only afterwards', 4, 20],
  ])('[F30] feeds no jog later than 250 ms after the last grant, and cancels it, when the grants %s', async (_, grants, afterMs) => {
    const rig = await prepared(1);
    const last = await jogThroughBlockade(rig, grants, afterMs);
    const fed = rig.wire(last + 250).filter(entry => entry.dir === 'in' && entry.line?.startsWith('$J'));
    expect(fed).toEqual([]);
    const cancelled = rig.wire(last).find(entry => entry.rt === '0x85');
    expect((cancelled?.t ?? Number.POSITIVE_INFINITY) - last).toBeLessThan(250 + schedulingMs);
  });

  it('[F30] stops a held jog in time after the last grant', async () => {
    const rig = await prepared(1);
    const jogId = randomUUID();
    rig.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: -1 }, feed: 1200 } });
    for (let n = 0; n < 3; n++) {
      await delay(150);
      rig.driver.grantJog(jogId);
    }
    const last = wireNow();
    expect(await rig.report('jog.ended')).toMatchObject({ jogId, reason: 'grant-lost' });
    const lines = receivedLines(rig.wire(last + grantBudgetMs));
    expect(lines.filter(line => line.includes('J='))).toEqual([]);
    expect(await rig.simulator.verb({ verb: 'state' })).toMatchObject({ moving: false });
  });

  it('moves one step by its distance', async () => {
    const rig = await prepared(5);
    await rig.until('a position', () => rig.telemetry.machine !== null);
    const from = rig.telemetry.machine?.x ?? 0;
    rig.driver.perform({ type: 'device.jog', jog: { jogId: randomUUID(), direction: { x: -1 }, feed: 1200, distance: 10 } });
    expect(await rig.report('jog.ended')).toMatchObject({ reason: 'done' });
    await rig.until('the new position', () => Math.abs((rig.telemetry.machine?.x ?? 0) - (from - 10)) < 0.01);
  });
}
