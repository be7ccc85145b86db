import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { toStatus } from '../../statecharts/equipment/project.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { bench, millInput } from '../../statecharts/equipment/test-bench.ts';
import { siteReasons } from '../../statecharts/site/rule.ts';
import type { Database } from '../storage/database.ts';
import type { DatabaseState, DatabaseWatch } from '../system/database-watch.ts';
import { ManualClock } from '../testing/manual-clock.ts';
import { SiteBook } from '../testing/site-book.ts';
import { TestBus } from '../testing/test-bus.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { until } from '../testing/until.ts';
import { openWrappedDatabase } from '../testing/wrapped-database.ts';
import { SiteRoom } from './site-room.ts';
import type { SiteNews } from './standing.ts';

let ground: TestDatabase;
let book: SiteBook;
let db: Database;
let reachable = true;
/** How often the last statuses were asked for. */
let statusReadings = 0;

beforeAll(async () => {
  ground = await createTestDatabase();
  book = new SiteBook(ground.db);
  db = openWrappedDatabase(ground.url, async (text, query) => {
    if (text.includes('from "actor"')) statusReadings += 1;
    if (!reachable) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    return query();
  });
  for (const id of ['mill-1', 'laser-1', 'extractor-1']) await book.equipment(id);
  for (const id of ['anna', 'ben']) await book.person(id);
  await book.training('laser');
});
afterAll(async () => {
  await db.destroy();
  await ground.close();
});

/** Says what the test wants, and tells. */
class ToldWatch implements DatabaseWatch {
  state: DatabaseState = { ok: true, since: 0, cause: '' };
  #listener: (state: DatabaseState) => void = () => undefined;
  become(ok: boolean): void {
    this.state = { ok, since: 1, cause: '' };
    this.#listener(this.state);
  }
  reportTrouble(): void {}
  subscribe(listener: (state: DatabaseState) => void): () => void {
    this.#listener = listener;
    return () => undefined;
  }
  close(): void {}
}

const evening = Date.parse('2026-01-14T19:59:30Z');
let clock: ManualClock;
let bus: TestBus;
let watch: ToldWatch;
let room: SiteRoom;

beforeEach(async () => {
  clock = new ManualClock();
  clock.stepWall(evening);
  bus = new TestBus();
  watch = new ToldWatch();
  reachable = true;
  statusReadings = 0;
  await book.empty();
});
afterEach(async () => {
  reachable = true;
  await room.close();
});

async function open(): Promise<void> {
  room = await SiteRoom.open({ db, watch, messages: bus, site: 'main', timeZone: 'UTC', clock, log: line => expect.fail(line) });
}

/** A change that a gateway made and told. */
async function tell(): Promise<void> {
  bus.deliver('wit.main.system.site.changed', {});
}

interface Machine {
  readonly id: string;
  readonly news: SiteNews[];
  status: EquipmentStatus;
  /** A turn after which its status differs so. */
  becomes(change: Partial<EquipmentStatus>): void;
  codes(): string[];
  leave(): void;
}

function machine(id: string, change: Partial<EquipmentStatus> = {}): Machine {
  const news: SiteNews[] = [];
  const base = toStatus({ context: bench([]).facts() }, { seq: 1, decisionSeq: 1, at: clock.now() });
  const status: EquipmentStatus = { ...base, actor: `equipment/${id}`, name: id, truth: 'live', ...change };
  const leave = room.attach({ id, tell: one => news.push(one) }, status);
  const one: Machine = {
    id,
    news,
    status,
    leave,
    becomes: more => {
      one.status = { ...one.status, ...more };
      room.committed(id, { type: 'said', source: 'device' } as never, one.status);
    },
    codes: () => siteReasons(site(one)).map(reason => reason.code),
  };
  return one;
}

function site({ news }: Machine) {
  const last = news.findLast(one => one.type === 'site.changed');
  if (last?.type !== 'site.changed') throw new Error('it was told nothing');
  return last;
}

const running = { tags: ['producing'] };
const resting = { tags: [] };
const held = (id: string, occupancy = 'occupied') => ({ holder: { id, name: id, since: 0 }, value: { ...idle, occupancy } });
const idle = { execution: 'Idle' };

describe('the rules of a site', () => {
  test('[SR2] are told before anything else happens, with the booking, and again only when something is another', async () => {
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { equipment: ['laser-1'] });
    await open();
    const laser = machine('laser-1');
    expect(laser.news.map(one => one.type)).toEqual(['site.changed', 'service.due']);
    expect(site(laser).rules).toMatchObject([{ id: 'pair' }]);
    expect(site(machine('mill-1')).rules).toEqual([]);
    clock.advance(60_000);
    room.read();
    await until('it was read', () => clock.now() > 0);
    expect(laser.news).toHaveLength(2);
  });

  test('[SR2] refuse while a fact cannot be had, and say why', async () => {
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { equipment: ['laser-1'] });
    await book.rule('gone', 'equipment-resting', { equipment: 'crane' }, { equipment: ['laser-1'] });
    await open();
    const laser = machine('laser-1');
    expect(laser.codes()).toEqual(['fact-unknown', 'fact-unknown']);
    expect(JSON.stringify(site(laser).facts)).toContain('nothing was heard of extractor-1 yet');
    const extractor = machine('extractor-1', { ...running, truth: 'stale' });
    expect(JSON.stringify(site(laser).facts)).toContain('the state of extractor-1 is stale');
    extractor.becomes({ truth: 'live' });
    expect(laser.codes()).toEqual(['fact-unknown']);
    extractor.leave();
    expect(laser.codes()).toEqual(['fact-unknown', 'fact-unknown']);
  });

  test('[SR3] follow another equipment at once, a machine by its run and a switch by its contact', async () => {
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { equipment: ['laser-1'] });
    await open();
    const [laser, extractor] = [machine('laser-1'), machine('extractor-1', resting)];
    expect(laser.codes()).toEqual(['equipment-not-running']);
    extractor.becomes(running);
    expect(laser.codes()).toEqual([]);
    extractor.becomes({ profile: 'switch', ...resting, value: { ...idle, output: 'unknown' } });
    expect(laser.codes()).toEqual(['fact-unknown']);
    extractor.becomes({ value: { ...idle, output: 'on' } });
    expect(laser.codes()).toEqual([]);
    extractor.becomes({ value: { ...idle, output: 'off' } });
    expect(laser.codes()).toEqual(['equipment-not-running']);
  });

  test('[SR3] change live when somebody changes them, and for who missed the word some seconds later', async () => {
    await open();
    const mill = machine('mill-1');
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' });
    await tell();
    await until('the rule is there', () => site(mill).rules.length === 1);
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { active: false });
    clock.advance(10_000);
    await until('the rule is gone', () => site(mill).rules.length === 0);
  });

  test('[SR2] that this release cannot judge refuse', async () => {
    await book.rule('later', 'moon-phase', { phase: 'full' });
    await open();
    expect(machine('mill-1').codes()).toEqual(['fact-unknown']);
  });
});

describe('time', () => {
  test('[SR4] begins and ends quiet hours at their minute', async () => {
    await book.rule('night', 'quiet-hours', { from: '20:00', to: '20:01' });
    await open();
    const mill = machine('mill-1');
    expect(mill.codes()).toEqual([]);
    clock.advance(29_999);
    expect(mill.codes()).toEqual([]);
    clock.advance(1);
    expect(mill.codes()).toEqual(['quiet-hours']);
    expect(siteReasons(site(mill))[0]?.until).toBe(Date.parse('2026-01-14T20:01:00Z'));
    await until('the round is over', () => true);
    clock.advance(60_000);
    await until('they are over', () => mill.codes().length === 0);
  });

  test('[SR4] is looked at anew when the wall clock was set', async () => {
    await book.rule('night', 'quiet-hours', { from: '20:00', to: '22:00' });
    await open();
    const mill = machine('mill-1');
    clock.stepWall(3_600_000);
    clock.advance(10_000);
    await until('it is later', () => mill.codes().includes('quiet-hours'));
    clock.stepWall(-3_600_000);
    room.read();
    await until('it is earlier', () => mill.codes().length === 0);
  });

  test('[SR4] begins and ends a booked time', async () => {
    await book.booking('mill-1', 'ben', evening + 5_000, evening + 9_000);
    await open();
    const mill = machine('mill-1');
    const booking = () => {
      const fact = site(mill).facts.booking;
      return fact?.known && fact.value.kind === 'booking' ? fact.value : null;
    };
    expect(booking()).toMatchObject({ current: null, next: { id: 'ben', from: evening + 5_000 } });
    clock.advance(5_000);
    expect(booking()).toMatchObject({ current: { id: 'ben', name: 'ben', until: evening + 9_000 }, next: null });
    await until('the round is over', () => true);
    clock.advance(4_000);
    await until('it is over', () => booking()?.current === null);
  });

  test('[SR5] ends a training: it is told although nothing that was noted is another', async () => {
    await book.rule('trained', 'training', { training: 'laser' });
    await book.trained('anna', 'laser', { until: evening + 5_000 });
    await open();
    const mill = machine('mill-1', held('anna'));
    const told = mill.news.length;
    clock.advance(4_999);
    expect(mill.news).toHaveLength(told);
    clock.advance(1);
    expect(mill.news).toHaveLength(told + 1);
    expect(room.qualificationsOf({ kind: 'user', id: 'anna', name: 'Anna', role: 'operator' })).toEqual([
      { training: 'laser', until: evening + 5_000, supervised: 0 },
    ]);
  });

  test('[SR8] makes maintenance due by days, and running hours by hours', async () => {
    await book.plan('oil', 'mill-1', { everyDays: 1, lastDoneAt: evening - 86_395_000 });
    await book.plan('belt', 'mill-1', { everyHours: 1, enforced: true });
    await open();
    const mill = machine('mill-1', resting);
    const due = () => mill.news.flatMap(one => (one.type === 'service.due' ? [one.items.map(item => item.id)] : [])).at(-1);
    expect(due()).toEqual([]);
    clock.advance(5_000);
    expect(due()).toEqual(['oil']);
    mill.becomes(running);
    clock.advance(3_599_000);
    mill.becomes(resting);
    await until('it is written', async () => (await book.runningMs('mill-1')) === 3_599_000);
    expect(due()).toEqual(['oil']);
    mill.becomes(running);
    clock.advance(1_000);
    mill.becomes(resting);
    await until('the hours are over', async () => {
      room.read();
      return due()?.length === 2;
    });
  });
});

describe('an outage of the database', () => {
  test('[SR6] leaves what was known: nobody is taken away, no rule is lifted, and time goes on', async () => {
    await book.rule('two', 'not-alone', { from: '00:00', to: '00:00', people: 2 });
    await book.rule('night', 'quiet-hours', { from: '20:00', to: '22:00' });
    const soon = await book.present(['anna', 'ben'], 1_500);
    await open();
    const mill = machine('mill-1');
    expect(mill.codes()).toEqual([]);
    reachable = false;
    watch.become(false);
    clock.advance(31_000);
    await until('it is after the end of the statement', () => Date.now() > soon);
    room.read();
    clock.advance(10_000);
    await until('the hours have begun', () => mill.codes().length > 0);
    expect(mill.codes()).toEqual(['quiet-hours']);
    reachable = true;
    watch.become(true);
    await until('it was asked again', () => mill.codes().includes('alone'));
  });
});

describe('equipment of another node', () => {
  const away = (change: Partial<EquipmentStatus> = {}): EquipmentStatus => {
    const base = toStatus(
      { context: { ...bench([]).facts(), input: { ...millInput, id: 'extractor-1', name: 'Extractor' } } },
      { seq: 5, decisionSeq: 1, at: 1 },
    );
    return { ...base, node: 'n2', epoch: 3, truth: 'live', ...running, ...change };
  };
  /** Of a node that owns the extractor under this epoch, and has said this status last; null: of a release that does not tell. */
  const pulse = (seq: number | null = null, { node = 'n2', epoch = 3, monotonicMs = clock.monotonic() } = {}) =>
    bus.deliver(`wit.main.node.${node}.heartbeat`, {
      node,
      boot: 'b',
      monotonicMs,
      at: 1,
      owns: [{ actor: 'equipment/extractor-1', epoch }],
      ...(seq === null ? {} : { said: [seq] }),
      types: [],
      stopSocket: '',
      database: { ok: true, since: 0 },
    });
  /** What its owner has committed last, whoever heard of it. */
  const committed = async (status: EquipmentStatus) => {
    const row = { id: status.actor, kind: 'equipment', chart: 'equipment', version: '1.0.0', chart_hash: 'h', owner: null, nonce: null };
    const now = { seq: status.seq, decision_seq: 1, epoch: status.epoch, status: JSON.stringify(status) };
    await ground.db
      .insertInto('actor')
      .values({ ...row, ...now })
      .onConflict(conflict => conflict.column('id').doUpdateSet(now))
      .execute();
  };
  /** Time passes, and the node goes on to say so. */
  const beating = (what: string, condition: () => boolean, how: Parameters<typeof pulse> = [6]) =>
    until(what, () => {
      clock.advance(500);
      pulse(...how);
      return condition();
    });
  const why = (one: Machine) => JSON.stringify(site(one).facts);
  const paired = async () => {
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { equipment: ['laser-1'] });
    await open();
    const laser = machine('laser-1');
    await until('it was looked up', () => statusReadings > 0);
    return laser;
  };
  afterEach(async () => void (await ground.db.deleteFrom('actor').execute()));

  const say = (status: EquipmentStatus) => bus.deliver('wit.main.equipment.extractor-1.status', status);

  test('[SR2] is known while its node speaks, owns it and has said nothing newer, and unknown when it falls silent', async () => {
    const laser = await paired();
    say(away());
    expect(laser.codes()).toEqual(['fact-unknown']);
    pulse(5);
    expect(laser.codes()).toEqual([]);
    say(away({ ...resting, seq: 6 }));
    expect(laser.codes()).toEqual(['equipment-not-running']);
    say(away({ seq: 5 }));
    expect(laser.codes()).toEqual(['equipment-not-running']);
    say(away({ seq: 7 }));
    expect(laser.codes()).toEqual([]);
    pulse(7);
    clock.advance(3_000);
    expect(laser.codes()).toEqual([]);
    clock.advance(1_000);
    expect(laser.codes()).toEqual(['fact-unknown']);
    expect(why(laser)).toContain('its node n2 is silent');
    pulse(7);
    expect(laser.codes()).toEqual([]);
    pulse(7, { epoch: 4 });
    expect(laser.codes()).toEqual(['fact-unknown']);
    expect(why(laser)).toContain('does not own it any more');
  });

  test('[SR2] [F21] as it was before a split is not known when its node speaks again, and is read until it is', async () => {
    const laser = await paired();
    say(away());
    pulse(5);
    expect(laser.codes()).toEqual([]);
    clock.advance(4_000);
    expect(laser.codes()).toEqual(['fact-unknown']);
    reachable = false;
    pulse(6);
    pulse(5, { monotonicMs: 0 });
    expect(laser.codes()).toEqual(['fact-unknown']);
    await beating('it is asked for again and again', () => {
      expect(laser.codes()).toEqual(['fact-unknown']);
      expect(why(laser)).toContain('what its node n2 last said of it has not arrived here');
      return statusReadings > 3;
    });
    await committed(away({ ...resting, seq: 6 }));
    reachable = true;
    await beating('it is known', () => laser.codes()[0] === 'equipment-not-running');
  });

  test('[SR3] does not flicker when a pulse comes before what it tells of, and is unknown when that stays away', async () => {
    const laser = await paired();
    say(away());
    pulse(5);
    const told = laser.news.length;
    for (const seq of [6, 7]) {
      pulse(seq);
      clock.advance(1_000);
      say(away({ seq }));
      pulse(seq);
    }
    expect(laser.news).toHaveLength(told);
    for (let n = 0; n < 4; n += 1) {
      clock.advance(1_000);
      pulse(8);
    }
    expect(laser.codes()).toEqual(['fact-unknown']);
    say(away({ seq: 8 }));
    expect(laser.codes()).toEqual([]);
  });

  test('[SR2] [F6] is read anew when another node has taken it', async () => {
    const laser = await paired();
    say(away());
    pulse(5);
    await committed(away({ ...resting, node: 'n3', epoch: 4, seq: 9 }));
    await beating('it is known', () => laser.codes()[0] === 'equipment-not-running', [9, { node: 'n3', epoch: 4 }]);
  });

  test('[SR2] [F27] is taken from the stream where its owner could not write it into the database', async () => {
    const laser = await paired();
    await committed(away());
    bus.keep(away({ ...resting, seq: 6 }));
    await beating('it is known', () => laser.codes()[0] === 'equipment-not-running');
  });

  test('[SR2] is looked up until the database answers', async () => {
    await book.rule('pair', 'equipment-running', { equipment: 'extractor-1' }, { equipment: ['laser-1'] });
    await open();
    await committed(away());
    reachable = false;
    const laser = machine('laser-1');
    await until('it was asked', () => statusReadings === 1);
    reachable = true;
    await beating('it is known', () => laser.codes().length === 0, []);
  });

  test('[F38] is believed as before while its node is of a release that does not tell what it said', async () => {
    const laser = await paired();
    say(away());
    pulse();
    expect(laser.codes()).toEqual([]);
    clock.advance(4_000);
    pulse();
    expect(laser.codes()).toEqual([]);
    expect(statusReadings).toBe(1);
  });
});

describe('who is in control', () => {
  const people = (...all: string[]) => bus.deliver('wit.main.system.g1.sessions', { gateway: 'g1', people: all });

  test('[SR7] is told to be gone when the last session went away, and back with the next', async () => {
    await open();
    bus.become(true);
    people('anna');
    const mill = machine('mill-1', held('anna'));
    const said = () => mill.news.map(one => one.type).filter(type => type.startsWith('holder'));
    clock.advance(30_000);
    people();
    clock.advance(9_000);
    expect(said()).toEqual([]);
    clock.advance(2_000);
    expect(said()).toEqual(['holder.gone']);
    mill.becomes(held('anna', 'absent'));
    people('anna');
    clock.advance(2_000);
    expect(said()).toEqual(['holder.gone', 'holder.back']);
    mill.becomes(held('anna'));
    bus.become(false);
    clock.advance(600_000);
    expect(said()).toHaveLength(2);
  });

  test('[SR5] may be handed over to somebody who may operate machines, by id or login', async () => {
    await book.person('vera', 'viewer');
    await open();
    expect(room.operator('ben')).toEqual({ id: 'ben', name: 'ben' });
    expect(room.operator('ben@login')).toEqual({ id: 'ben', name: 'ben' });
    expect(room.operator('vera')).toBeNull();
    expect(room.operator('nobody')).toBeNull();
  });

  test('[SR5] a program is trained as the person whom it acts for, and what is nobody has no training', async () => {
    await book.trained('anna', 'laser', { supervised: 2 });
    await open();
    const role = 'operator' as const;
    const trained = [{ training: 'laser', until: null, supervised: 2 }];
    expect(room.qualificationsOf({ kind: 'ai', id: 'helper', name: 'Helper', role, onBehalfOf: 'anna' })).toEqual(trained);
    expect(room.qualificationsOf({ kind: 'ai', id: 'anna', name: 'Helper', role })).toEqual([]);
    expect(room.qualificationsOf({ kind: 'host', id: 'anna', name: 'Root', role })).toEqual([]);
  });
});
