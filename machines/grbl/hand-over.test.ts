import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HandOver } from '../driver.ts';
import { readProgress } from '../progress.ts';
import { type BenchOrder, type DriverBench, driverBench, statusOf } from './driver-bench.ts';

const benches: DriverBench[] = [];
const network = { settings: { host: 'mill.example' } };
const after = 'G1 G54 G17 G21 G90 G94 M5 M9 T0 F500 S0';
const lines = Array.from({ length: 20 }, (_, at) => `G1X${at}Y${at}F500`);

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.driver.close();
});

function opened(like: BenchOrder): DriverBench {
  const bench = driverBench(undefined, like);
  benches.push(bench);
  bench.link.open();
  return bench;
}

/** The program is under way: the lines written so far, of which the first `answered` are answered. */
async function running(answered: number): Promise<{ bench: DriverBench; sent: string[] }> {
  const bench = opened(network);
  bench.identify();
  bench.link.take();
  bench.program('abc', lines);
  bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
  await vi.waitFor(() => expect(bench.link.take()).toContain('$G\n'));
  bench.modes();
  bench.say(statusOf('Run'), ...Array.from({ length: answered }, () => 'ok'));
  return { bench, sent: programLines(bench) };
}

/** Lines of the program that were written since the last look. */
function programLines(bench: DriverBench): string[] {
  return bench.link
    .take()
    .replace(/[?!~\x18]/g, '')
    .split('\n')
    .filter(line => line.startsWith('G'));
}

const left: HandOver = { job: 'job-1', hash: 'abc', acknowledged: 8, total: 20, identity: 'bench mill', modes: after.split(' ') };

describe('[G15] the owner that leaves', () => {
  it('feeds no more, waits for every answer and for the modes, and leaves the machine as it is', async () => {
    const { bench, sent } = await running(1);
    const done = vi.fn();
    bench.driver.program.drain(done);
    for (let at = 1; at < sent.length; at += 1) {
      expect(done).not.toHaveBeenCalled();
      bench.say('ok');
    }
    expect(bench.link.take()).toBe('$G\n');
    bench.modes(after);
    expect(done.mock.calls).toEqual([[{ ...left, acknowledged: sent.length }]]);
    bench.say(statusOf('Idle'), statusOf('Idle'));
    bench.link.take();
    await bench.driver.program.leave();
    expect(bench.link.take()).toBe('');
    expect(bench.of('program.ended')).toEqual([]);
    expect(readProgress(bench.directory)).toMatchObject({ acknowledged: sent.length, ended: 'handed-over' });
  });

  it.each([
    ['a stop', (bench: DriverBench) => void bench.driver.stop()],
    ['an alarm', (bench: DriverBench) => bench.say('ALARM:1')],
    ['a restart', (bench: DriverBench) => bench.say("Grbl 1.1h ['$' for help]", "Grbl 1.1h ['$' for help]")],
    ['a line that is refused', (bench: DriverBench) => bench.say('error:20')],
    ['the end of the link', (bench: DriverBench) => bench.link.lose('cut')],
  ])('has nothing to hand over when %s comes between', async (_, happens) => {
    const { bench } = await running(1);
    const done = vi.fn();
    bench.driver.program.drain(done);
    happens(bench);
    expect(done.mock.calls).toEqual([[null]]);
    expect(bench.of('program.ended')).toHaveLength(1);
  });

  it('has nothing to hand over while no program runs', () => {
    const bench = opened(network);
    bench.identify();
    const done = vi.fn();
    bench.driver.program.drain(done);
    expect(done.mock.calls).toEqual([[null]]);
  });
});

describe('[G15] the owner that comes', () => {
  function coming(from: HandOver = left) {
    const verified = vi.fn();
    const bench = opened({ ...network, inherited: true, takeOver: { from, verified } });
    return { bench, verified };
  }

  it('writes nothing but questions until the machine rests, is the one it should be and is as the last line left it; then the next line', async () => {
    const { bench, verified } = coming();
    bench.say("Grbl 1.1f ['$' for help]", statusOf('Run'));
    bench.clock.advance(200);
    expect(bench.link.take()).toMatch(/^\?+$/);
    bench.identify('bench mill', after);
    expect(verified.mock.calls).toEqual([[null]]);
    expect(bench.link.take()).toMatch(/^[?]*\$I\n\$\$\n\$#\n\$G\n\?*$/);
    expect(bench.reports.map(report => report.type)).not.toContain('link.up');
    bench.program('abc', lines);
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 9 });
    await vi.waitFor(() => expect(bench.link.written.length).toBeGreaterThan(0));
    expect(programLines(bench)[0]).toBe(lines[8]);
    expect(bench.of('program.started')).toEqual([]);
  });

  it.each([
    ['another controller answers', (bench: DriverBench) => bench.identify('another mill', after)],
    ['it is not in the modes of the last line', (bench: DriverBench) => bench.identify('bench mill')],
    ['the machine is in an alarm', (bench: DriverBench) => bench.say(statusOf('Alarm'))],
    ['the machine is held', (bench: DriverBench) => bench.say(statusOf('Hold:0'))],
    ['it restarts', (bench: DriverBench) => bench.say(statusOf('Run'), "Grbl 1.1h ['$' for help]")],
    ['it says nothing', (bench: DriverBench) => bench.clock.advance(2_000)],
    ['it does not say who it is', (bench: DriverBench) => [bench.say(statusOf('Idle')), bench.clock.advance(2_000)]],
    ['a hold is asked for', (bench: DriverBench) => bench.driver.perform({ type: 'device.hold' })],
    ['an abort is asked for', (bench: DriverBench) => bench.driver.perform({ type: 'device.abort' })],
    ['the stop key is pressed', (bench: DriverBench) => bench.driver.stop()],
  ])('begins with the hold byte when %s', (_, happens) => {
    const { bench, verified } = coming();
    expect(bench.link.take()).toBe('?');
    happens(bench);
    expect(verified.mock.calls).toEqual([[expect.any(String)]]);
    expect(bench.link.take()).toContain('!');
    expect(bench.reports.map(report => report.type)).toContain('link.up');
  });

  it('tries again where the last owner occupies the only place of the controller, and is not verified by a lost link', () => {
    const { bench, verified } = coming();
    bench.link.lose('refused');
    bench.link.open();
    bench.say(statusOf('Run'));
    expect(verified).not.toHaveBeenCalled();
    bench.link.lose('cut');
    expect(verified.mock.calls).toEqual([['cut']]);
    bench.link.take();
    bench.link.open();
    expect(bench.link.take()).toMatch(/^!/);
  });
});
