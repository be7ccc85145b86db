import { expect, test } from 'vitest';
import { pressText } from '../components/stop-keys.tsx';
import { openWorkshop, type Workshop } from '../testing/workshop.ts';
import { isConfirmed, isUnconfirmed, type Press } from './stop.ts';

function lastPress({ services }: Workshop): Press {
  const press = services.stops.presses.getSnapshot()[0];
  if (!press) throw new Error('nothing was pressed');
  return press;
}

test('goes through the lane and the gateway under one id', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId, doors } = lastPress(workshop);
  expect(doors).toEqual(['lane', 'gateway']);
  expect(workshop.lane.sent.at(-1)).toEqual({ stopId, equipment: 'mill-1' });
  expect(workshop.live.sentOf('stop')).toEqual([{ type: 'stop', equipment: 'mill-1', stopId }]);
});

test('tells when it was sent and when the machine confirmed', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId } = lastPress(workshop);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'written', ms: 1.2 });
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'confirmed', ms: 38 });
  await workshop.world.advance(500);
  expect(isConfirmed(lastPress(workshop))).toBe(true);
  expect(isUnconfirmed(lastPress(workshop))).toBe(false);
  expect(pressText(lastPress(workshop))).toMatch(/sent 1\.2 ms · machine confirms 38 ms$/);
});

test('is NOT CONFIRMED before 500 ms are over, and takes that back when the machine confirms late', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId } = lastPress(workshop);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'written', ms: 1 });
  await workshop.world.advance(449);
  expect(isUnconfirmed(lastPress(workshop))).toBe(false);
  await workshop.world.advance(1);
  expect(isUnconfirmed(lastPress(workshop))).toBe(true);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'confirmed', ms: 620 });
  expect(isUnconfirmed(lastPress(workshop))).toBe(false);
});

test('is NOT CONFIRMED at once when the lane says that nothing was written', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId } = lastPress(workshop);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'node-silent', ms: 3, reason: 'no machine host is connected' });
  expect(isUnconfirmed(lastPress(workshop))).toBe(true);
  expect(pressText(lastPress(workshop))).toContain('no machine host is connected');
});

test('does not let the slower door take back what the faster one reached', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId } = lastPress(workshop);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'written', ms: 1 });
  workshop.live.say({ type: 'stop', data: { stopId, equipment: 'mill-1', stage: 'node-silent', ms: 300 } });
  expect(isUnconfirmed(lastPress(workshop))).toBe(false);
});

test('counts the machines that confirm a stop for all', async () => {
  const workshop = await openWorkshop();
  workshop.services.stops.press('all', ['mill-1', 'mill-2']);
  const { stopId } = lastPress(workshop);
  workshop.lane.say({ stopId, equipment: 'mill-1', stage: 'confirmed', ms: 30 });
  expect(isConfirmed(lastPress(workshop))).toBe(false);
  expect(pressText(lastPress(workshop))).toContain('1 of 2 confirm');
});

test('goes over HTTP as well when a door is closed', async () => {
  const workshop = await openWorkshop();
  workshop.lane.close();
  workshop.services.stops.press('mill-1', ['mill-1']);
  const { stopId, doors } = lastPress(workshop);
  expect(doors).toEqual(['gateway']);
  await workshop.world.advance(0);
  expect(workshop.world.requests.at(-1)).toMatchObject({ path: '/api/v1/equipment/mill-1/stop', body: { stopId } });
});

test('is NOT CONFIRMED with the reason when no door is left and HTTP fails too', async () => {
  const workshop = await openWorkshop();
  workshop.lane.close();
  workshop.live.close();
  workshop.services.stops.press('mill-1', ['mill-1']);
  expect(lastPress(workshop).doors).toEqual([]);
  await workshop.world.advance(0);
  expect(isUnconfirmed(lastPress(workshop))).toBe(true);
  expect(pressText(lastPress(workshop))).toContain('No answer');
});

test('keeps the lane open and proven: it pings, and opens anew when nothing answers', async () => {
  const workshop = await openWorkshop();
  await workshop.world.advance(2_500);
  expect(workshop.lane.sent.filter(frame => 'ping' in frame).length).toBeGreaterThan(1);
  await workshop.world.advance(3_000);
  expect(workshop.world.socket(':8001')).not.toBe(workshop.lane);
});
