import { beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { until } from '../testing/until.ts';
import type { Outcome } from '../transport/envelopes.ts';
import { type SentWord, Words } from './words.ts';

let clock: ManualClock;
let answers: (Outcome['outcome'] | Error | Outcome)[];
let tried: SentWord[];
let parked: [string, string][];
let log: string[];
let words: Words;
let away: boolean;
beforeEach(() => {
  clock = new ManualClock();
  [answers, tried, parked, log, away] = [[], [], [], [], false];
  let n = 0;
  words = new Words({
    clock,
    random: { uuid: () => `id-${++n}` },
    log: line => log.push(line),
    async attempt(word) {
      tried.push(word);
      const answer = answers.shift() ?? 'accepted';
      if (answer instanceof Error) throw answer;
      return typeof answer === 'string' ? { outcome: answer, seq: 0, reasons: [] } : answer;
    },
    async park(word, reason) {
      if (away) throw new Error('the database is away');
      parked.push([word.event.type, reason]);
    },
  });
});

const send = (type: string, to = 'job/a') => words.send({ from: 'equipment/mill-1', to, event: { type } });
const types = () => tried.map(word => word.event.type);

/** Lets the pauses between tries pass until all is over. */
async function over(sending: Promise<void>): Promise<void> {
  let done = false;
  void sending.then(() => (done = true));
  await until('it is over', () => {
    clock.advance(1_000);
    return done;
  });
}

test('[G14] words to one actor are taken in order, however often the first must be said; others do not wait for it', async () => {
  answers = ['owner-silent', 'accepted', new Error('no connection'), 'busy'];
  const [first, second] = [send('one'), send('two')];
  await send('other', 'job/b');
  await over(Promise.all([first, second]).then(() => undefined));
  expect(types()).toEqual(['one', 'other', 'one', 'one', 'one', 'two']);
  expect(new Set(tried.filter(word => word.event.type === 'one').map(word => word.id)).size).toBe(1);
  expect(parked).toEqual([]);
});

test('[G3] a repeat that was taken the first time is done; one that was taken back is said under a new id', async () => {
  answers = [
    { outcome: 'duplicate', first: 'journal-unavailable', seq: 0, reasons: [] },
    { outcome: 'duplicate', first: 'accepted', seq: 0, reasons: [] },
  ];
  await over(send('one'));
  expect(tried.map(word => word.id)).toEqual(['id-1', 'id-2']);
});

test('[G10] what is for nobody, and what nobody takes for five minutes, is kept with the reason', async () => {
  answers = ['unknown-target'];
  await over(send('one', 'job/nobody'));
  expect(parked).toEqual([['one', 'undeliverable: there is no such job']]);
  answers = Array.from({ length: 400 }, () => ({
    outcome: 'owner-silent',
    seq: 0,
    reasons: [{ code: 'owner-silent', message: 'Nobody.' }],
  }));
  await over(send('two'));
  expect(parked.at(-1)).toEqual(['two', 'undeliverable: nobody took it: Nobody.']);
  expect(tried.length).toBeGreaterThan(250);
});

test('[G10] what is still on its way when the node ends is tried once more and kept; what cannot be kept is said', async () => {
  answers = ['owner-silent', 'owner-silent', 'owner-silent', 'owner-silent'];
  void send('one');
  await until('it waits for its next try', () => tried.length === 1);
  await new Promise(done => setImmediate(done));
  await words.close();
  expect([types(), parked.length]).toEqual([['one', 'one'], 1]);
  away = true;
  await send('two');
  expect(log).toEqual([expect.stringContaining('job/a: two from equipment/mill-1 is lost')]);
});
