import { afterEach, describe, expect, it } from 'vitest';
import { readProgress } from '../progress.ts';
import { type DriverBench, driverBench, statusOf } from './driver-bench.ts';

const benches: DriverBench[] = [];

afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.driver.close();
});

function opened(): DriverBench {
  const bench = driverBench();
  benches.push(bench);
  bench.link.open();
  bench.identify();
  bench.link.take();
  bench.reports.length = 0;
  return bench;
}

async function running(lines: readonly string[]): Promise<DriverBench> {
  const bench = opened();
  bench.program('abc', lines);
  bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
  await asked(bench);
  bench.modes();
  expect(bench.of('program.started')).toHaveLength(1);
  return bench;
}

/** The program is read, and the controller asked for its modes. */
async function asked(bench: DriverBench): Promise<void> {
  await expect.poll(() => bench.link.take()).toContain('$G\n');
}

function outcomeOf(bench: DriverBench) {
  const ended = bench.of('program.ended');
  expect(ended).toHaveLength(1);
  return ended[0]?.outcome;
}

/** Lines of programs written, without realtime bytes and questions. */
function linesOf(text: string): string[] {
  return text
    .replace(/[?!~\x18]/g, '')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('$'));
}

const thirty = Array.from({ length: 30 }, (_, at) => `G1X${at}Y${at}F100`);

describe('streaming', () => {
  it('never has more bytes under way than the receive buffer holds, and sends every line once and in order', async () => {
    const bench = await running(thirty);
    const seen: string[] = [];
    let underWay: string[] = [];
    while (seen.length < thirty.length || underWay.length > 0) {
      const fresh = linesOf(bench.link.take());
      seen.push(...fresh);
      underWay.push(...fresh);
      expect(underWay.reduce((sum, line) => sum + line.length + 1, 0)).toBeLessThanOrEqual(127);
      expect(underWay.length).toBeGreaterThan(0);
      underWay = underWay.slice(1);
      bench.say('ok');
    }
    expect(seen).toEqual(thirty);
  });

  it('is complete only when the planner is empty too: two idle reports after the last answer', async () => {
    const bench = await running(['G1X1F100']);
    bench.say('ok');
    bench.say(statusOf('Idle'));
    bench.say(statusOf('Run'));
    bench.say(statusOf('Idle'));
    expect(bench.of('program.ended')).toEqual([]);
    bench.say(statusOf('Idle'));
    expect(outcomeOf(bench)).toEqual({ job: 'job-1', result: 'complete', sent: 1, acknowledged: 1, total: 1 });
  });

  it('sends a line that writes the EEPROM alone and waits for it', async () => {
    const bench = await running(['G1X1F1', 'G10L2P1X0', 'G1X2']);
    expect(linesOf(bench.link.take())).toEqual(['G1X1F1']);
    bench.say('ok');
    expect(linesOf(bench.link.take())).toEqual(['G10L2P1X0']);
    bench.say('ok');
    expect(linesOf(bench.link.take())).toEqual(['G1X2']);
  });

  it('does not count the result of a start-up line as a reply', async () => {
    const bench = await running(['G1X1F1']);
    bench.say('>G54:ok', statusOf('Idle'), statusOf('Idle'));
    expect(bench.of('program.ended')).toEqual([]);
  });

  it('stops feeding, holds and names the line on an error', async () => {
    const bench = await running(thirty);
    bench.link.take();
    bench.say('ok', 'error:20');
    expect(bench.link.take()).toMatch(/!$/);
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', acknowledged: 2, error: { line: 2, code: 'error-20' } });
    bench.say('ok', 'ok');
    expect(linesOf(bench.link.take())).toEqual([]);
  });

  it('[F11] ends interrupted with the uncertain lines when the controller restarts', async () => {
    const bench = await running(thirty);
    bench.say('ok', 'ok');
    bench.say("Grbl 1.1h ['$' for help]");
    const outcome = outcomeOf(bench);
    expect(outcome).toMatchObject({ result: 'interrupted', acknowledged: 2, uncertain: [3, outcome?.sent] });
    expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: false }]);
    bench.link.take();
    bench.say(statusOf('Alarm'), 'ok', 'ok');
    expect(linesOf(bench.link.take()).filter(line => !line.startsWith('$'))).toEqual([]);
  });

  it('[F7] never goes on after the link came back', async () => {
    const bench = await running(thirty);
    bench.link.lose('unplugged');
    expect(outcomeOf(bench)).toMatchObject({ result: 'interrupted' });
    bench.link.take();
    bench.link.open();
    bench.say(statusOf('Hold:0'), 'ok', 'ok');
    bench.clock.advance(5000);
    expect(bench.link.take()).toMatch(/^!\?+$/);
  });

  it('lets what was sent run out when it is finished early', async () => {
    const bench = await running(thirty);
    const sent = linesOf(bench.link.take()).length;
    bench.driver.perform({ type: 'device.program.finish' });
    for (let n = 0; n < sent; n++) bench.say('ok');
    bench.say(statusOf('Idle'), statusOf('Idle'));
    expect(outcomeOf(bench)).toMatchObject({ result: 'stopped', sent, acknowledged: sent });
    expect(linesOf(bench.link.take())).toEqual([]);
  });

  it('[F12] fails with the words of an alarm', async () => {
    const bench = await running(thirty);
    bench.say('ALARM:1', '[MSG:Reset to continue]');
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', error: { line: 1, code: 'alarm', text: 'Hard limit reached' } });
    expect(bench.of('device.alarm')).toEqual([{ type: 'device.alarm', code: 'alarm-1', text: 'Hard limit reached', positionLost: true }]);
  });

  it('[F8] fails honestly when a reply got lost: the device rests and answers no more', async () => {
    const bench = await running(['G1X1F1', 'G1X2']);
    bench.say('ok', 'k');
    for (let n = 0; n < 60; n++) {
      bench.clock.advance(200);
      bench.say(statusOf('Idle'));
    }
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', error: { line: 2, code: 'reply-missing' }, uncertain: [2, 2] });
  });

  it('waits through a long dwell, in which the device looks idle', async () => {
    const bench = await running(['G4P30']);
    for (let n = 0; n < 150; n++) {
      bench.clock.advance(200);
      bench.say(statusOf('Idle'));
    }
    expect(bench.of('program.ended')).toEqual([]);
  });

  it('waits for a dwell behind a long motion: the patience is of a controller that rests', async () => {
    const bench = await running(['G1X100F100', 'G4P1']);
    bench.say('ok');
    bench.reportsFor(60_000, 'Run');
    bench.reportsFor(1_000);
    expect(bench.of('program.ended')).toEqual([]);
    bench.say('ok', statusOf('Idle'), statusOf('Idle'));
    expect(outcomeOf(bench)).toMatchObject({ result: 'complete' });
  });

  it('[F8] gives no reply to a line of before once one got lost', async () => {
    const bench = await running(['G1X1F1', 'G1X2']);
    bench.say('ok', 'k');
    bench.reportsFor(10_400);
    expect(outcomeOf(bench)).toMatchObject({ error: { code: 'reply-missing' } });
    bench.modes();
    bench.driver.perform({ type: 'device.mdi', line: 'G1 X1' });
    bench.say('error:22');
    expect(bench.of('mdi.answered')[0]?.error).toBe('no feed rate is set');
  });

  it('starts at the line asked for', async () => {
    const bench = opened();
    bench.program('abc', thirty);
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 29 });
    await asked(bench);
    bench.modes();
    expect(linesOf(bench.link.take())).toEqual(thirty.slice(28));
  });

  it.each([
    ['inches', 'G0 G54 G17 G20 G90 G94 M5 M9 T0 F0 S0', 'modes-changed', 'G20'],
    ['distances and another offset', 'G0 G55 G17 G21 G91 G94 M5 M9 T0 F0 S0', 'modes-changed', 'G55 G91'],
    ['half an answer', 'G0 G54 G17', 'modes-unknown', 'did not say'],
  ])('sends no line of a program to a controller that says %s when asked last', async (_, words, code, text) => {
    const bench = opened();
    bench.program('abc', thirty);
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
    await asked(bench);
    bench.modes(words);
    bench.clock.advance(1000);
    expect(outcomeOf(bench)).toMatchObject({
      result: 'failed',
      sent: 0,
      acknowledged: 0,
      error: { code, text: expect.stringContaining(text) },
    });
    expect(bench.of('program.started')).toEqual([]);
    expect(linesOf(bench.link.take())).toEqual([]);
  });

  it('sends no line before the modes are told, however long the program and whatever is ready', async () => {
    const bench = opened();
    bench.program(
      'abc',
      Array.from({ length: 20_000 }, (_, at) => `G1X${at % 100}F600`),
    );
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
    await asked(bench);
    await new Promise(resolve => setTimeout(resolve, 50));
    bench.say(statusOf('Idle'), 'ok');
    expect(linesOf(bench.link.take())).toEqual([]);
    // An `ok` without the list: the list was damaged on the way.
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', sent: 0, error: { code: 'modes-unknown' } });
  });

  it('gives up on a controller that never tells its modes', async () => {
    const bench = opened();
    bench.program('abc', thirty);
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
    await asked(bench);
    for (let n = 0; n < 60; n++) {
      bench.clock.advance(200);
      bench.say(statusOf('Idle'));
    }
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', sent: 0, error: { code: 'modes-unknown' } });
  });

  it('reads the offsets too when a typed line may have moved them and nobody has looked since, and starts only on what was seen', async () => {
    const bench = opened();
    bench.driver.perform({ type: 'device.mdi', line: 'G92 X5' });
    bench.say('ok');
    bench.program('abc', thirty);
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'abc', fromLine: 1 });
    await expect.poll(() => bench.link.take()).toContain('$#\n');
    bench.say('[G54:0.000,0.000,0.000]', '[G92:5.000,0.000,0.000]', '[TLO:0.000]', 'ok');
    bench.modes();
    expect(outcomeOf(bench)).toMatchObject({
      result: 'failed',
      sent: 0,
      error: { code: 'modes-changed', text: expect.stringContaining('G92') },
    });
    expect(bench.of('device.offsets').at(-1)?.offsets.G92?.x).toBe(5);
  });

  it('fails without a byte when the program is not there', async () => {
    const bench = opened();
    bench.driver.perform({ type: 'device.program.run', job: 'job-1', hash: 'nowhere', fromLine: 1 });
    await expect.poll(() => bench.of('program.ended')).toHaveLength(1);
    expect(outcomeOf(bench)).toMatchObject({ result: 'failed', sent: 0, error: { code: 'program-unreadable' } });
    expect(linesOf(bench.link.take())).toEqual([]);
  });

  it('keeps a progress file that a crash leaves behind, and marks the end of a run in it', async () => {
    const bench = await running(thirty);
    bench.say('ok');
    const sent = linesOf(bench.link.take()).length;
    expect(readProgress(bench.directory)).toEqual({ job: 'job-1', hash: 'abc', sent, acknowledged: 1, total: 30, ended: null });
    bench.driver.stop();
    expect(readProgress(bench.directory)?.ended).toBe('aborted');
    expect(outcomeOf(bench)).toMatchObject({ result: 'aborted' });
  });

  it('reads programs of many blocks without losing a line', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `G1X${at % 100}Y${at % 7}F600`);
    const bench = await running(lines);
    const seen: string[] = [];
    while (seen.length < lines.length) {
      const fresh = linesOf(bench.link.take());
      seen.push(...fresh);
      for (const _ of fresh) bench.say('ok');
      if (fresh.length === 0) await new Promise(resolve => setImmediate(resolve));
    }
    expect(seen).toEqual(lines);
  });
});
