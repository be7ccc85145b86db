import { beforeEach, describe, expect, test } from 'vitest';
import { ManualClock } from '../testing/manual-clock.ts';
import { SwitchedWatch } from '../testing/test-actor.ts';
import { until } from '../testing/until.ts';
import type { ShardHold } from './shard-keeper.ts';
import { shardOf } from './shard-map.ts';
import { type Absent, type SmallActor, SmallActors } from './small-actors.ts';

/** Hears words and says how it ended. */
class Ear implements SmallActor {
  readonly heard: string[] = [];
  ended: 'closed' | 'abandoned' | null = null;
  async close(): Promise<void> {
    this.ended = 'closed';
  }
  async abandon(): Promise<void> {
    this.ended = 'abandoned';
  }
}

let clock: ManualClock;
let watch: SwitchedWatch;
let room: SmallActors<Ear>;
let ears: [string, Ear][];
let ours: (id: string) => boolean;
let holds: Map<string, { over: boolean } & ShardHold>;
let wake: (id: string) => Promise<Ear | Absent>;
beforeEach(() => {
  clock = new ManualClock();
  watch = new SwitchedWatch();
  ears = [];
  holds = new Map();
  ours = () => true;
  wake = async id => {
    const ear = new Ear();
    ears.push([id, ear]);
    return ear;
  };
  const log = () => undefined;
  room = new SmallActors({ shards: { holdOf: id => (ours(id) ? holdOf(id) : null) }, watch, clock, log, wake: id => wake(id) });
});

function holdOf(id: string): ShardHold {
  const shard = shardOf('job', id);
  const known = holds.get(shard);
  if (known?.valid()) return known;
  const hold = { id: shard, epoch: 1, over: false, valid: () => !hold.over };
  holds.set(shard, hold);
  return hold;
}

const say = (id: string, word: string) => room.with(id, ear => ear.heard.push(word));
const earsOf = (id: string) => ears.filter(([whose]) => whose === id).map(([, ear]) => ear);

describe('[G11] a small actor', () => {
  test('is woken by the first message, once, and hears what comes meanwhile in order', async () => {
    await Promise.all(['one', 'two', 'three'].map(word => say('a', word)));
    expect(earsOf('a').map(ear => ear.heard)).toEqual([['one', 'two', 'three']]);
    expect(room.ids).toEqual(['a']);
  });

  test('is put away after a minute without a message, and woken again', async () => {
    await say('a', 'one');
    clock.advance(50_000);
    await say('a', 'two');
    clock.advance(50_000);
    expect(room.ids).toEqual(['a']);
    clock.advance(10_000);
    await until('it is put away', () => earsOf('a')[0]?.ended === 'closed');
    await say('a', 'three');
    expect(earsOf('a').map(ear => ear.heard)).toEqual([['one', 'two'], ['three']]);
  });

  test('stays while the database is away', async () => {
    await say('a', 'one');
    watch.become(false);
    clock.advance(200_000);
    expect(room.ids).toEqual(['a']);
  });

  test('is not woken while it is just being put away', async () => {
    await say('a', 'one');
    let ended = () => {};
    const [first] = earsOf('a');
    if (first) first.close = () => new Promise(done => (ended = done));
    clock.advance(60_000);
    const second = say('a', 'two');
    await say('b', 'meanwhile');
    expect(earsOf('a')).toHaveLength(1);
    ended();
    await second;
    expect(earsOf('a')).toHaveLength(2);
  });
});

describe('[G1] small actors and their shard', () => {
  test('without it nobody is woken', async () => {
    ours = () => false;
    expect(await say('a', 'one')).toBe('elsewhere');
    expect(ears).toEqual([]);
  });

  test('end with their state when it is given back, and without a word when it was lost', async () => {
    await Promise.all([say('a', 'one'), say('b', 'one'), say('c', 'one')]);
    const [a, b] = [shardOf('job', 'a'), shardOf('job', 'b')];
    expect(a).not.toBe(b);
    await room.leave([a], 'in-order');
    await room.leave([b], 'lost');
    expect([...earsOf('a'), ...earsOf('b'), ...earsOf('c')].map(ear => ear.ended)).toEqual(['closed', 'abandoned', null]);
  });

  test('hear nothing more when it is over, though nobody has said so yet', async () => {
    await say('a', 'one');
    const hold = holds.get(shardOf('job', 'a'));
    if (hold) hold.over = true;
    await say('a', 'two');
    expect(earsOf('a').map(ear => [ear.heard, ear.ended])).toEqual([
      [['one'], 'abandoned'],
      [['two'], null],
    ]);
  });

  test('that are on their way in when it leaves are let go as soon as they are there', async () => {
    let arrived = () => {};
    wake = id =>
      new Promise(done => {
        const ear = new Ear();
        ears.push([id, ear]);
        arrived = () => done(ear);
      });
    const saying = say('a', 'one');
    await until('it is on its way', () => ears.length === 1);
    const leaving = room.leave([shardOf('job', 'a')], 'in-order');
    arrived();
    await Promise.all([saying, leaving]);
    expect(earsOf('a')[0]?.ended).toBe('closed');
    expect(room.ids).toEqual([]);
  });

  test('that cannot be woken tell whoever asked, and can be asked again', async () => {
    const works = wake;
    wake = async () => Promise.reject(new Error('the database is away'));
    await expect(say('a', 'one')).rejects.toThrow('the database is away');
    wake = async () => 'nobody';
    expect(await say('a', 'one')).toBe('nobody');
    wake = works;
    expect(await say('a', 'one')).toBe('used');
  });
});
