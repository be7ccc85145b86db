import { expect, it } from 'vitest';
import { Uart } from './uart.ts';

it('lets bytes pass one after another at the pace of the baud rate', () => {
  const uart = new Uart(10_000);
  uart.send([1, 2, 3], 100);
  expect(uart.take(100.9)).toEqual([]);
  expect(uart.take(102)).toEqual([
    { byte: 1, due: 101 },
    { byte: 2, due: 102 },
  ]);
  expect(uart.nextDue).toBe(103);
  uart.send([4], 102);
  expect(uart.take(104).map(entry => entry.due)).toEqual([103, 104]);
});

it('takes no time at 0 baud, and forgets what is on the way when cut', () => {
  const uart = new Uart(0);
  uart.send([1], 5);
  expect(uart.take(5)).toHaveLength(1);
  uart.send([1], 6);
  uart.clear();
  expect(uart.pending).toBe(0);
});
