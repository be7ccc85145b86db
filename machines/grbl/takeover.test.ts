import { expect, it } from 'vitest';
import { driverBench, statusOf } from './driver-bench.ts';
import { grbl } from './index.ts';
import { grblSettingsSchema } from './settings.ts';

const network = { settings: { host: 'mill.example' } };
const welcome = "Grbl 1.1f ['$' for help]";

it('[F5] takes a machine over with the hold byte first, and no line before a reset', () => {
  const bench = driverBench(undefined, { ...network, inherited: true });
  bench.link.open();
  expect(bench.link.take()).toMatch(/^!\?+$/);
  bench.say(welcome, statusOf('Hold:0'));
  expect(bench.of('device.synced')).toMatchObject([{ condition: 'held', heldByUs: true, homed: false }]);
  bench.clock.advance(5000);
  expect(bench.link.take()).toMatch(/^\?+$/);
});

it('[F5] holds a machine that it finds in motion, also without a word about an earlier owner', () => {
  const bench = driverBench(undefined, network);
  bench.link.open();
  expect(bench.link.take()).toBe('?');
  bench.say(statusOf('Run'));
  expect(bench.link.take()).toMatch(/^!\?+$/);
  bench.say(statusOf('Hold:0'));
  expect(bench.of('device.synced')).toMatchObject([{ heldByUs: true }]);
});

it('leaves a machine that rests in peace', () => {
  const bench = driverBench(undefined, network);
  bench.link.open();
  bench.say(welcome);
  bench.identify();
  expect(bench.link.take()).not.toContain('!');
  expect(bench.of('device.synced')).toMatchObject([{ condition: 'idle', heldByUs: false }]);
});

it('[F7] takes the greeting of a network controller for a greeting, and a second welcome line for a restart', () => {
  const bench = driverBench(undefined, { ...network, inherited: true });
  bench.link.open();
  bench.say(welcome, statusOf('Idle'), statusOf('Idle'));
  bench.clock.advance(1000);
  expect(bench.link.take()).toMatch(/^!\?+$/);
  bench.say(welcome, statusOf('Idle'));
  expect(bench.link.take()).toContain('$I\n');
});

it('takes the first welcome line on a serial port for the restart that it is', () => {
  const bench = driverBench(undefined, { inherited: true });
  bench.link.open();
  bench.say(welcome, statusOf('Idle'));
  expect(bench.link.take()).toContain('$I\n');
});

it('[F7] keeps what it doubted while a controller accepts connections and says nothing', () => {
  const bench = driverBench(undefined, network);
  bench.link.open();
  bench.identify();
  bench.link.take();
  bench.link.lose('cut');
  bench.link.open();
  bench.link.lose('nothing said');
  bench.link.open();
  expect(bench.link.take()).toMatch(/^\?+$/);
});

it('wants to be rid of a connection on which nothing answers', () => {
  const bench = driverBench(undefined, network);
  bench.link.open();
  bench.identify();
  bench.clock.advance(3500);
  expect(bench.of('link.silent')).toHaveLength(1);
  expect(bench.link.gaveUp).toEqual([expect.stringMatching(/^The controller did not answer for 3\d\d\d ms\.$/)]);
});

it('tells a serial port of one computer from a port of the network', () => {
  const locality = (settings: object) => grbl.locality(grblSettingsSchema.parse(settings));
  expect(locality({ path: '/dev/ttyUSB0', baudRate: 9600, silentAfterMs: 1000 })).toBe('local');
  expect(locality({ host: '10.0.0.7' })).toBe('network');
  expect(grblSettingsSchema.parse({ host: '10.0.0.7' })).toMatchObject({ port: 23, silentAfterMs: 3000 });
  expect(grblSettingsSchema.safeParse({ host: '10.0.0.7', path: '/dev/ttyUSB0' }).success).toBe(false);
  expect(grblSettingsSchema.safeParse({}).success).toBe(false);
});
