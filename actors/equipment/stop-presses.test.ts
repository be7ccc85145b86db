import { expect, test } from 'vitest';
import { StopPresses } from './stop-presses.ts';

test('the second way of a press is told what became of the first, and writes nothing', () => {
  const presses = new StopPresses();
  let writes = 0;
  const press = (stopId: string, written: boolean) =>
    presses.once(stopId, () => {
      writes += 1;
      return written;
    });
  expect(press('cut', false)).toEqual({ first: true, written: false });
  expect(press('cut', true)).toEqual({ first: false, written: false });
  expect(press('open', true)).toEqual({ first: true, written: true });
  expect(press('open', false)).toEqual({ first: false, written: true });
  expect(writes).toBe(2);
});
