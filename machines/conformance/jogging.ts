import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import type { OpenRig, Rig } from './rig.ts';
import { receivedLines, wireNow } from './wire.ts';

/** Segments of 100 ms that may reach the device after a jog's last grant: 250 ms of life, and the two that it had outstanding. */
const segmentsAfterLastGrant = 5;

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
    rig.driver.grantJog?.(jogId);
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

/** After its last grant a jog is fed no more than it allows, then cancelled, and nothing of it comes later. */
async function expectEnded(rig: Rig, lastGrant: number): Promise<void> {
  const cancelled = () => rig.wire(lastGrant).findIndex(entry => entry.rt === '0x85');
  await rig.until('the jog is cancelled', () => cancelled() >= 0);
  const isJog = (line: string) => line.includes('J=');
  const wire = rig.wire(lastGrant);
  expect(receivedLines(wire.slice(0, cancelled())).filter(isJog).length).toBeLessThanOrEqual(segmentsAfterLastGrant);
  expect(receivedLines(wire.slice(cancelled())).filter(isJog)).toEqual([]);
}

/** The clauses on jogs: a held one is dead as soon as nobody grants it, a step goes its distance. */
export function jogging(prepared: OpenRig): void {
  it.each([
    ['end and the host stands still at once', 3, 0],
    ['end and the host stands still a little later', 3, 45],
    ['end while the host stands still, and are read only afterwards', 4, 20],
  ])('[F30] feeds no more jog than the last grant allows, and cancels it, when the grants %s', async (_, grants, afterMs) => {
    const rig = await prepared(1);
    const last = await jogThroughBlockade(rig, grants, afterMs);
    await expectEnded(rig, last);
  });

  it('[F30] stops a held jog after the last grant', async () => {
    const rig = await prepared(1);
    const jogId = randomUUID();
    rig.driver.perform({ type: 'device.jog', jog: { jogId, direction: { x: -1 }, feed: 1200 } });
    for (let n = 0; n < 3; n++) {
      await delay(150);
      rig.driver.grantJog?.(jogId);
    }
    const last = wireNow();
    expect(await rig.report('jog.ended')).toMatchObject({ jogId, reason: 'grant-lost' });
    await expectEnded(rig, last);
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
