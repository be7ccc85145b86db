import { afterEach, beforeEach, expect, test } from 'vitest';
import { TestBus } from '../../actors/testing/test-bus.ts';
import { Attendance } from './attendance.ts';

let bus: TestBus;
let attendance: Attendance;
let now = 0;

beforeEach(() => {
  bus = new TestBus();
  now = 1_000;
  attendance = new Attendance({ messages: bus, site: 'main', gateway: 'g1', mono: () => now });
});
afterEach(() => attendance.close());

const said = () => bus.published.map(({ data }) => (data as { people: string[] }).people);

test('[SR7] a gateway says at once when the first page of somebody opens and the last one closes', () => {
  attendance.opened('anna');
  attendance.opened('anna');
  attendance.opened('ben');
  attendance.closed('anna');
  attendance.closed('anna');
  expect(said()).toEqual([['anna'], ['anna', 'ben'], ['ben']]);
  expect(bus.published[0]).toEqual({ subject: 'wit.main.system.g1.sessions', data: { gateway: 'g1', people: ['anna'] } });
});

test('[SR7] whoever works without a page is there for a minute after each request', () => {
  attendance.asked('anna');
  attendance.opened('anna');
  attendance.closed('anna');
  now += 60_000;
  bus.become(true);
  now += 1;
  bus.become(true);
  expect(said()).toEqual([['anna'], ['anna'], []]);
});

test('[SR7] a gateway says everything anew when messages are back', () => {
  attendance.opened('anna');
  bus.become(true);
  expect(said()).toEqual([['anna'], ['anna']]);
});
