import { expect, test } from 'vitest';
import { preparation } from '../../statecharts/equipment/test-bench.ts';
import { settle, wellSystem } from '../testing/fake-world.ts';
import { millAfter, openWorkshop } from '../testing/workshop.ts';

test('opens with a ticket as second protocol and subscribes to what is wanted', async () => {
  const { live } = await openWorkshop();
  expect(live.protocols).toEqual(['wit.v1', 'ticket-1']);
  expect(live.sent[0]).toEqual({ type: 'subscribe', topics: ['equipment/*/summary', 'system', 'me'] });
});

test('subscribes a topic once for many watchers and lets it go with the last', async () => {
  const { services, live } = await openWorkshop();
  const first = services.live.watch(['jobs']);
  const second = services.live.watch(['jobs']);
  first();
  expect(live.sentOf('unsubscribe')).toEqual([]);
  second();
  second();
  expect(live.sentOf('subscribe').filter(frame => String(frame.topics) === 'jobs')).toHaveLength(1);
  expect(live.sentOf('unsubscribe')).toEqual([{ type: 'unsubscribe', topics: ['jobs'] }]);
});

test('says lost, comes back by itself, and subscribes everything again', async () => {
  const { world, services, live } = await openWorkshop();
  services.live.watch(['equipment/mill-1/status']);
  live.close();
  expect(services.live.state.getSnapshot().kind).toBe('lost');
  await world.advance(600);
  const again = world.socket('/api/v1/live');
  expect(again).not.toBe(live);
  again.open();
  expect(services.live.state.getSnapshot().kind).toBe('open');
  expect(again.sent[0]?.topics).toEqual(['equipment/*/summary', 'system', 'me', 'equipment/mill-1/status']);
});

test('waits longer after each failed attempt', async () => {
  const { world, live } = await openWorkshop();
  live.close();
  world.answers.delete('POST /api/v1/auth/ws-ticket');
  const before = world.requests.length;
  await world.advance(8_000);
  const attempts = world.requests.slice(before).filter(request => request.path.endsWith('ws-ticket')).length;
  expect(attempts).toBe(4);
});

test('takes a socket that fell silent for dead', async () => {
  const { world, services } = await openWorkshop();
  await world.advance(6_000);
  expect(services.live.state.getSnapshot().kind).not.toBe('open');
});

test('stays open while the server speaks', async () => {
  const { world, services, live } = await openWorkshop();
  for (let second = 0; second < 10; second += 1) {
    await world.advance(1_000);
    live.say(wellSystem(world.now));
  }
  expect(services.live.state.getSnapshot().kind).toBe('open');
});

test('asks for the status again after a gap in seq, not more than once in two seconds', async () => {
  const { services, live, world } = await openWorkshop();
  const { status } = millAfter(preparation, world.now);
  const before = live.sentOf('subscribe').length;
  live.say({ type: 'status', data: { ...status, seq: 20 } });
  live.say({ type: 'status', data: { ...status, seq: 30 } });
  expect(live.sentOf('subscribe').slice(before)).toEqual([{ type: 'subscribe', topics: ['equipment/mill-1/status'] }]);
  expect(services.actor('mill-1').getSnapshot()?.seq).toBe(30);
});

test('ignores the late frame of an earlier owner', async () => {
  const { services, live, world } = await openWorkshop();
  const { status } = millAfter(preparation, world.now);
  live.say({ type: 'status', data: { ...status, epoch: 5, seq: 50 } });
  live.say({ type: 'status', data: { ...status, epoch: 4, seq: 90 } });
  expect(services.actor('mill-1').getSnapshot()?.epoch).toBe(5);
});

test('survives frames that are not of the contract', async () => {
  const { services, live } = await openWorkshop();
  live.onmessage?.({ data: 'not json' });
  live.say({ type: 'from-the-future' });
  await settle();
  expect(services.live.state.getSnapshot().kind).toBe('open');
});

test('measures the round trip and follows the clock of the server', async () => {
  const { world, services, live } = await openWorkshop();
  await world.advance(2_000);
  const ping = live.sentOf('ping').at(-1);
  await world.advance(40);
  live.say({ type: 'pong', n: ping?.n, at: world.now + 5_000 });
  expect(services.live.state.getSnapshot()).toEqual({ kind: 'open', roundTrip: 40 });
  expect(services.clock.now()).toBe(world.now + 5_020);
});
