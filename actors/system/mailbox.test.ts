import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.ts';
import type { Message } from './message.ts';

const note = (type: string): Message => ({ kind: 'note', type, data: {}, snapshot: 'when-due' });
const order = (mailbox: Mailbox) => {
  const types: string[] = [];
  for (let message = mailbox.take(); message; message = mailbox.take()) if (message.kind === 'note') types.push(message.type);
  return types;
};

test('[G9] stops overtake everything, reports keep their order and go before commands', () => {
  const mailbox = new Mailbox();
  mailbox.put('command', note('START'));
  mailbox.put('report', note('running'));
  mailbox.put('report', note('alarm'));
  mailbox.put('safety', note('stop'));
  expect(order(mailbox)).toEqual(['stop', 'running', 'alarm', 'START']);
});

test('[G9] a flood of commands is refused at the limit; stops and reports never are', () => {
  const mailbox = new Mailbox();
  const taken = Array.from({ length: 1_000 }, (_, i) => mailbox.put('command', note(String(i))));
  expect(taken.filter(Boolean).length).toBe(64);
  for (let i = 0; i < 10_000; i += 1) expect(mailbox.put('report', note('r'))).toBe(true);
  expect(mailbox.put('safety', note('stop'))).toBe(true);
  const first = mailbox.take();
  expect(first).toMatchObject({ type: 'stop' });
});
