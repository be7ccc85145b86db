import { expect, test } from 'vitest';
import { wellSystem } from '../testing/fake-world.ts';
import { openWorkshop, type Workshop } from '../testing/workshop.ts';

async function held(): Promise<Workshop> {
  const workshop = await openWorkshop();
  workshop.services.jog('mill-1').press({ x: 1 }, 300);
  return workshop;
}

const grants = ({ live }: Workshop): number => live.sentOf('grant').length;

test('sends the command once and a grant at least every 150 ms while the key is held', async () => {
  const workshop = await held();
  await workshop.world.advance(3_000);
  expect(workshop.live.sentOf('command')).toHaveLength(1);
  expect(grants(workshop)).toBeGreaterThanOrEqual(20);
  const [command, grant] = [workshop.live.sentOf('command')[0], workshop.live.sentOf('grant')[0]];
  expect(grant).toMatchObject({ type: 'grant', equipment: 'mill-1', n: 1 });
  expect(command?.args).toMatchObject({ jogId: grant?.jogId });
});

test('sends no further grant after the hand let go', async () => {
  const workshop = await held();
  await workshop.world.advance(500);
  workshop.services.jog('mill-1').release();
  const before = grants(workshop);
  await workshop.world.advance(1_000);
  expect(grants(workshop)).toBe(before);
});

test('ends when the connection is lost and does not begin again when it is back', async () => {
  const workshop = await held();
  workshop.live.close();
  expect(workshop.services.jog('mill-1').state.getSnapshot()).toEqual({ kind: 'rest', ended: 'the connection was lost' });
  await workshop.world.advance(1_000);
  const again = workshop.world.socket('/api/v1/live');
  again.open();
  again.say(wellSystem(workshop.world.now));
  await workshop.world.advance(1_000);
  expect(again.sentOf('grant')).toEqual([]);
});

test('grants nothing after the page slept, even if the key seems held', async () => {
  const workshop = await held();
  await workshop.world.advance(500);
  const before = grants(workshop);
  await workshop.world.sleep(5_000);
  expect(grants(workshop)).toBe(before);
  expect(workshop.services.jog('mill-1').state.getSnapshot()).toEqual({ kind: 'rest', ended: 'the page slept' });
});

test('ends with the reason when the owner refuses the jog', async () => {
  const workshop = await held();
  const id = workshop.live.sentOf('command')[0]?.id;
  const reasons = [{ code: 'wrong-mode', message: 'The machine is in processing mode; this needs setup.' }];
  workshop.live.say({ type: 'outcome', id, outcome: 'refused', seq: 1, reasons });
  await workshop.world.advance(0);
  expect(workshop.services.jog('mill-1').state.getSnapshot()).toEqual({ kind: 'rest', ended: reasons[0]?.message });
});

test('a step needs no grant', async () => {
  const workshop = await openWorkshop();
  workshop.services.jog('mill-1').step({ z: -1 }, 100, 0.1);
  await workshop.world.advance(1_000);
  expect(workshop.live.sentOf('command')[0]?.args).toMatchObject({ direction: { z: -1 }, feed: 100, distance: 0.1 });
  expect(grants(workshop)).toBe(0);
});
