import { expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { StopWatch, type StopWord } from './stop-watch.ts';

function pressed(word: StopWord = 'condition') {
  const clock = new ManualClock();
  const watch = new StopWatch(clock, word);
  const confirmed: number[] = [];
  const press = () => watch.wait(clock.monotonic(), ms => confirmed.push(ms));
  return { clock, watch, confirmed, press };
}

test('a running device confirms when it says that it holds', () => {
  const { clock, watch, confirmed, press } = pressed();
  watch.report({ type: 'device.condition', condition: 'running' });
  press();
  clock.advance(40);
  watch.answered();
  watch.report({ type: 'device.condition', condition: 'holding' });
  expect(confirmed).toEqual([]);
  clock.advance(200);
  watch.report({ type: 'device.condition', condition: 'held' });
  expect(confirmed).toEqual([240]);
});

test('a device at rest confirms with its next fresh answer, not with one already on its way', () => {
  const { clock, watch, confirmed, press } = pressed();
  watch.report({ type: 'device.condition', condition: 'idle' });
  press();
  clock.advance(10);
  watch.answered();
  expect(confirmed).toEqual([]);
  clock.advance(190);
  watch.answered();
  watch.answered();
  expect(confirmed).toEqual([200]);
});

test('a lost device confirms nothing', () => {
  const { clock, watch, confirmed, press } = pressed();
  watch.report({ type: 'device.condition', condition: 'idle' });
  press();
  watch.report({ type: 'link.lost', reason: 'cable' });
  clock.advance(1_000);
  watch.answered();
  expect(confirmed).toEqual([]);
});

test('[EQ40] once the link broke after the press, a device that is at rest when it is back confirms nothing: only a stop carried through does', () => {
  const { clock, watch, confirmed, press } = pressed();
  watch.report({ type: 'device.condition', condition: 'idle' });
  press();
  watch.report({ type: 'link.lost', reason: 'nothing passes' });
  clock.advance(1_000);
  for (const condition of ['idle', 'held', 'alarm'] as const) {
    watch.report({ type: 'device.synced', condition, homed: false, heldByUs: false });
    watch.report({ type: 'device.condition', condition });
    clock.advance(1_000);
    watch.answered();
  }
  expect(confirmed).toEqual([]);
  watch.report({ type: 'device.aborted' });
  expect(confirmed).toEqual([4_000]);
});

test('[EQ40] a press on the link that came back is confirmed as any other, beside one from before', () => {
  const { clock, watch, confirmed, press } = pressed();
  press();
  watch.report({ type: 'link.lost', reason: 'cable' });
  watch.report({ type: 'device.synced', condition: 'running', homed: false, heldByUs: false });
  clock.advance(1_000);
  press();
  clock.advance(30);
  watch.report({ type: 'device.condition', condition: 'held' });
  expect(confirmed).toEqual([30]);
});

test('a switch confirms by nothing but the read back after the stop: that it is idle says nothing of what it powers', () => {
  const { clock, watch, confirmed, press } = pressed('aborted');
  watch.report({ type: 'device.synced', condition: 'idle', homed: false, heldByUs: false });
  press();
  clock.advance(1_000);
  watch.answered();
  watch.report({ type: 'device.synced', condition: 'idle', homed: false, heldByUs: false });
  expect(confirmed).toEqual([]);
  watch.report({ type: 'device.aborted' });
  expect(confirmed).toEqual([1_000]);
});
