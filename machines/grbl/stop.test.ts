import { describe, expect, it } from 'vitest';
import { driverBench, statusOf } from './driver-bench.ts';

const banner = "Grbl 1.1h ['$' for help]";

function connected() {
  const bench = driverBench();
  bench.link.open();
  bench.identify();
  bench.link.take();
  bench.reports.length = 0;
  return bench;
}

describe('the stop', () => {
  it('[F17] has written the hold byte when it returns', () => {
    const bench = connected();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.link.take().at(0)).toBe('!');
  });

  it('resets on standstill and is confirmed by banner and status only', () => {
    const bench = connected();
    bench.driver.stop();
    bench.say(statusOf('Hold:1'));
    expect(bench.link.take()).not.toContain('\x18');
    bench.say(statusOf('Hold:0'));
    expect(bench.link.take()).toContain('\x18');
    bench.say(banner);
    expect(bench.of('device.aborted')).toEqual([]);
    bench.say(statusOf('Idle'));
    expect(bench.of('device.aborted')).toHaveLength(1);
    expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: true }]);
  });

  it('resets after 500 ms when no standstill is reported', () => {
    const bench = connected();
    bench.driver.stop();
    bench.clock.advance(499);
    expect(bench.link.take()).not.toContain('\x18');
    bench.clock.advance(1);
    expect(bench.link.take()).toContain('\x18');
  });

  it('resets at once while homing, which ignores a hold', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.home' });
    bench.link.take();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.link.take()).toBe('\x18');
    expect(bench.of('effect.failed')[0]).toMatchObject({ effect: 'device.home', code: 'interrupted' });
  });

  it('repeats the byte when pressed again', () => {
    const bench = connected();
    bench.driver.stop();
    bench.link.take();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.link.take().at(0)).toBe('!');
  });

  it('is joined by the effect that follows it, also when it was confirmed before', () => {
    const bench = connected();
    bench.driver.stop();
    bench.driver.perform({ type: 'device.abort' });
    bench.say(statusOf('Hold:0'), banner, statusOf('Idle'));
    expect(bench.of('device.aborted')).toHaveLength(1);
    bench.link.take();
    bench.driver.perform({ type: 'device.abort' });
    expect(bench.of('device.aborted')).toHaveLength(2);
    expect(bench.link.take()).toBe('');
  });

  it('says that it is not confirmed when nothing answers, and confirms late', () => {
    const bench = connected();
    bench.driver.stop();
    bench.clock.advance(3500);
    expect(bench.of('effect.failed')).toEqual([expect.objectContaining({ effect: 'device.abort', code: 'no-answer' })]);
    bench.say(banner, statusOf('Alarm'));
    expect(bench.of('device.aborted')).toHaveLength(1);
  });

  it('[F10] resets again when the controller is heard again, and only its banner confirms', () => {
    const bench = connected();
    bench.driver.stop();
    bench.clock.advance(3500);
    expect(bench.of('device.position.lost')).toHaveLength(1);
    bench.link.take();
    bench.say(statusOf('Idle'));
    expect(bench.link.take()).toBe('\x18');
    expect(bench.of('device.aborted')).toEqual([]);
    bench.say(banner, statusOf('Idle'));
    expect(bench.of('device.aborted')).toHaveLength(1);
    expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: true }]);
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Idle'));
    bench.identify();
    expect(bench.of('device.cleared')).toHaveLength(1);
  });

  it('[F10] paces the resets and complains once while reports come and banners do not', () => {
    const bench = connected();
    bench.driver.stop();
    bench.clock.advance(3500);
    bench.link.take();
    for (let n = 0; n < 40; n++) {
      bench.say(statusOf('Idle'));
      bench.clock.advance(200);
    }
    expect(bench.link.take().match(/\x18/g)?.length).toBe(3);
    expect(bench.of('effect.failed')).toHaveLength(1);
  });

  it('writes the reset again on every press after the first', () => {
    const bench = connected();
    bench.driver.stop();
    bench.say(statusOf('Hold:0'));
    bench.link.take();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.link.take()).toBe('\x18');
    bench.clock.advance(5000);
    bench.link.take();
    expect(bench.driver.stop()).toBe(true);
    expect(bench.link.take()).toBe('\x18');
  });

  it('takes a banner for each of its resets, and no restart of the controller for one of them', () => {
    const bench = connected();
    bench.driver.stop();
    bench.say(statusOf('Hold:0'));
    bench.driver.stop();
    bench.say(banner, statusOf('Idle'), banner);
    expect(bench.of('device.reset').map(report => report.asked)).toEqual([true, true]);
    expect(bench.of('device.position.lost')).toHaveLength(1);
    bench.say(banner);
    expect(bench.of('device.reset').at(-1)).toEqual({ type: 'device.reset', asked: false });
  });

  it('[F10] answers an abort that joins a stop nothing confirms, with a reset and a word of its own', () => {
    const bench = connected();
    bench.driver.stop();
    bench.clock.advance(3500);
    bench.link.take();
    bench.driver.perform({ type: 'device.abort' });
    expect(bench.link.take()).toBe('\x18');
    bench.clock.advance(3000);
    expect(bench.of('effect.failed')).toHaveLength(2);
    bench.say(banner);
    bench.driver.perform({ type: 'device.abort' });
    bench.clock.advance(3000);
    expect(bench.of('effect.failed')).toHaveLength(3);
  });

  it('is false without a link', () => {
    const bench = connected();
    bench.link.lose('unplugged');
    expect(bench.driver.stop()).toBe(false);
  });

  it('[I5] lets nothing that moves through until it is over', () => {
    const bench = connected();
    bench.driver.stop();
    bench.link.take();
    bench.driver.perform({ type: 'device.resume' });
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X1' });
    bench.driver.perform({ type: 'device.home' });
    expect(bench.link.take()).toBe('');
    expect(bench.of('effect.failed').map(report => report.code)).toEqual(['stopping', 'stopping']);
  });

  it('serves End job with the same bytes and its own report', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.stop' });
    bench.say(statusOf('Hold:0'), banner, statusOf('Idle'));
    expect(bench.of('device.stopped')).toHaveLength(1);
    expect(bench.of('device.aborted')).toEqual([]);
  });
});

describe('clearing', () => {
  it('resets, waits for the banner, unlocks, identifies and never resumes', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    expect(bench.link.take()).toBe('\x18');
    bench.say(banner, statusOf('Alarm'));
    expect(bench.of('device.position.lost')).toHaveLength(1);
    bench.say('[MSG:Caution: Unlocked]', 'ok');
    bench.identify();
    expect(bench.of('device.cleared')).toHaveLength(1);
    expect(bench.link.take()).not.toMatch(/~/);
  });

  it('resets again when the controller asks for it: one that came before was thrown away', () => {
    const bench = connected();
    bench.say('ALARM:1');
    bench.driver.perform({ type: 'device.clear' });
    expect(bench.link.take()).toBe('\x18');
    bench.say('[MSG:Reset to continue]');
    expect(bench.link.take()).toBe('\x18');
  });

  it('waits for the end of a stop that is still under way, and resets then', () => {
    const bench = connected();
    bench.driver.stop();
    bench.say(statusOf('Hold:0'));
    bench.link.take();
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner);
    expect(bench.link.take()).not.toContain('\x18');
    bench.say(statusOf('Idle'));
    expect(bench.of('device.aborted')).toHaveLength(1);
    expect(bench.link.take()).toBe('\x18');
    bench.say(banner, statusOf('Idle'));
    bench.identify();
    expect(bench.of('device.cleared')).toHaveLength(1);
    expect(bench.of('effect.failed')).toEqual([]);
  });

  it('is not begun when the stop under way is never confirmed, or another one comes', () => {
    const bench = connected();
    bench.driver.stop();
    bench.driver.perform({ type: 'device.clear' });
    bench.driver.stop();
    expect(bench.of('effect.failed')).toEqual([
      { type: 'effect.failed', effect: 'device.clear', code: 'stopping', text: 'A stop took over.' },
    ]);
    bench.driver.perform({ type: 'device.clear' });
    bench.clock.advance(4000);
    expect(bench.of('effect.failed').filter(({ effect }) => effect === 'device.clear')).toHaveLength(2);
    expect(bench.of('device.cleared')).toEqual([]);
  });

  it('is no restart of its own accord when a stop comes before its banner', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.driver.stop();
    bench.say(banner, statusOf('Idle'));
    expect(bench.of('device.reset')).toEqual([{ type: 'device.reset', asked: true }]);
    expect(bench.of('device.aborted')).toHaveLength(1);
    expect(bench.of('effect.failed').map(report => report.code)).toEqual(['stopping']);
    bench.say(banner);
    expect(bench.of('device.reset').at(-1)).toEqual({ type: 'device.reset', asked: false });
  });

  it('keeps the position of a controller that is not locked', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Idle'));
    bench.identify();
    expect(bench.of('device.cleared')).toHaveLength(1);
    expect(bench.of('device.position.lost')).toEqual([]);
    expect(bench.link.take()).not.toContain('$X');
  });

  it('fails with the words of the error while the door is open', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Alarm'), 'error:13');
    expect(bench.of('effect.failed')[0]).toMatchObject({ effect: 'device.clear', code: 'error-13' });
  });

  it('fails when no banner comes', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.clock.advance(3000);
    expect(bench.of('effect.failed')[0]).toMatchObject({ effect: 'device.clear', code: 'no-answer' });
  });

  it('[F8] fails when a reply got lost on the way to the identification, and can be begun again', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Idle'));
    bench.say(statusOf('Idle'), '[VER:1.1h.20190830:bench mill]', 'k');
    bench.reportsFor(10_400);
    expect(bench.of('effect.failed')).toMatchObject([{ effect: 'device.clear', code: 'not-identified' }]);
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Idle'));
    bench.identify();
    expect(bench.of('device.cleared')).toHaveLength(1);
  });

  it('[F8] fails when the answer to the unlocking got lost, and says what did not come', () => {
    const bench = connected();
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Alarm'), 'k');
    bench.reportsFor(3_000);
    expect(bench.of('effect.failed')).toMatchObject([
      { effect: 'device.clear', code: 'no-answer', text: 'The controller did not answer after its restart.' },
    ]);
    bench.reportsFor(10_000);
    bench.driver.perform({ type: 'device.mdi', line: 'G0 X1' });
    bench.say('error:9');
    expect(bench.of('mdi.answered')).toHaveLength(1);
  });

  it('is the only way from a recovered hold to an identified controller', () => {
    const first = driverBench();
    first.link.open();
    const bench = driverBench(first.directory);
    bench.link.open();
    bench.say(statusOf('Hold:0'));
    bench.driver.perform({ type: 'device.clear' });
    bench.say(banner, statusOf('Idle'));
    bench.identify();
    const last = bench.reports.map(report => report.type).slice(-4);
    expect(last).toEqual(['device.identified', 'device.offsets', 'device.modes', 'device.cleared']);
  });
});
