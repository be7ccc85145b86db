import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RunningSimulator, startSimulator } from '../../machines/grbl/simulator/run.ts';
import type { Node } from '../node.ts';
import { readEvents } from '../storage/journal.ts';
import { SiteBook } from '../testing/site-book.ts';
import { createTestDatabase } from '../testing/test-database.ts';
import { anna } from '../testing/test-gateway.ts';
import { longProgram, TestMill } from '../testing/test-mill.ts';
import { until } from '../testing/until.ts';
import { Workshop } from '../testing/workshop.ts';

let shop: Workshop;
let book: SiteBook;
let node: Node;
const simulators: RunningSimulator[] = [];

/** `mill-1` under the rules, and `mill-2`, on which some of them depend. */
let mill: TestMill;
let pump: TestMill;

beforeAll(async () => {
  shop = await Workshop.open(await createTestDatabase());
  book = new SiteBook(shop.ground.db);
  await book.person('anna', 'maintainer');
  await book.person('ben');
  await book.training('mill');
  [mill, pump] = [new TestMill(shop), new TestMill(shop, 'mill-2')];
  for (const [id, one] of [
    ['mill-1', mill],
    ['mill-2', pump],
  ] as const) {
    simulators.push(await startSimulator({ port: one.port, log: one.wireLog, control: null, timeFactor: 50, baud: 0, name: `TEST ${id}` }));
    await shop.addMill(id, { path: one.port, simulated: true });
  }
  await book.equipment('mill-9');
  node = await shop.startNode();
  await Promise.all([mill.becomes('connection', 'online'), pump.becomes('connection', 'online')]);
  await mill.makeReady();
  await pump.makeReady();
});
afterAll(async () => {
  await node?.close();
  for (const simulator of simulators) await simulator.close();
  await shop?.close();
});

beforeEach(async () => {
  if (mill.region('execution') === 'Idle') return;
  await mill.accepted('ABORT');
  await mill.becomes('execution', 'Aborted');
  await mill.makeReady();
});
afterEach(() => change(() => book.empty()));

/** Changes what the database says of the workshop, and tells as a gateway does. */
async function change(work: () => Promise<unknown>): Promise<void> {
  await work();
  shop.gateway.messages.publish('wit.main.system.site.changed', {});
}

const rulesInForce = () => shop.status('mill-1')?.site.rules.map(rule => rule.id);
const refusedBy = (code: string) => until(`START is refused: ${code}`, () => mill.reasonsAgainst('START').includes(code));
const liftedFrom = (code: string) => until(`START is no more refused: ${code}`, () => !mill.reasonsAgainst('START').includes(code));

async function inForce(id: string, ...rule: [template: string, params: object, more?: { onLoss?: string }]): Promise<void> {
  const [template, params, more = {}] = rule;
  await change(() => book.rule(id, template, params, { equipment: ['mill-1'], ...more }));
  await until(`${id} is in force`, () => rulesInForce()?.includes(id));
}

async function start(more: Record<string, unknown> = {}) {
  const { epoch = 0, decisionSeq = 0, at = 0 } = shop.status('mill-1') ?? {};
  return mill.ask('START', {}, { seen: { epoch, decisionSeq, at }, ...more });
}

async function lastSiteChange() {
  const events = await readEvents(shop.ground.db, 'equipment/mill-1', { after: 0, limit: 100_000 });
  return events.findLast(event => event.type === 'site.changed');
}

describe('a rule about another machine', () => {
  test('[SR3] lifts and refuses live, and suspends a run that loses it, with the reason in status and journal', async () => {
    await inForce('pump', 'equipment-running', { equipment: 'mill-2' });
    await refusedBy('equipment-not-running');
    await pump.startJob(longProgram);
    await liftedFrom('equipment-not-running');
    await mill.startJob(longProgram);
    await mill.becomes('execution', 'Execute');
    await pump.accepted('HOLD');
    await mill.becomes('execution', 'Suspended');
    expect(shop.status('mill-1')?.siteLoss).toEqual(['Mill does not run.']);
    await until('it is written down', async () => (await lastSiteChange()) !== undefined);
    const told = (await lastSiteChange())?.data as { rules: object[]; facts: Record<string, { known: boolean }> };
    expect(told.rules).toMatchObject([{ id: 'pump', onLoss: 'hold', params: { equipment: 'mill-2' } }]);
    expect(told.facts['equipment/mill-2']).toMatchObject({ known: true, value: { producing: false } });
    expect(await mill.ask('UNSUSPEND')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'equipment-not-running' }] });
    await pump.becomes('execution', 'Held');
    await pump.accepted('UNHOLD');
    await until('going on is possible', () => mill.reasonsAgainst('UNSUSPEND').length === 0);
    await mill.becomes('execution', 'Suspended');
    await mill.accepted('UNSUSPEND');
    await mill.becomes('execution', 'Execute');
    expect(shop.status('mill-1')?.siteLoss).toBeNull();
  });

  test('[SR2] refuses while it cannot be known whether the other runs', async () => {
    await inForce('other', 'equipment-running', { equipment: 'mill-9' });
    await refusedBy('fact-unknown');
    expect(shop.status('mill-1')?.site.facts['equipment/mill-9']).toMatchObject({ known: false, why: 'nothing was heard of mill-9 yet' });
    expect((await start()).reasons.map(reason => reason.code)).toContain('fact-unknown');
  });
});

describe('quiet hours', () => {
  const always = { from: '00:00', to: '00:00' };

  test('[SR3] that begin let a run finish and no other start', async () => {
    await mill.startJob(longProgram);
    await mill.becomes('execution', 'Execute');
    await inForce('quiet', 'quiet-hours', always, { onLoss: 'finish' });
    await refusedBy('quiet-hours');
    expect(mill.region('execution')).toBe('Execute');
    expect(shop.status('mill-1')?.siteLoss).toBeNull();
    await mill.accepted('HOLD');
    await mill.becomes('execution', 'Held');
    expect(await mill.ask('UNHOLD')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'quiet-hours' }] });
  });

  test('[SR3] end a run when they are set up so', async () => {
    await mill.startJob(longProgram);
    await mill.becomes('execution', 'Execute');
    await inForce('quiet', 'quiet-hours', always, { onLoss: 'stop' });
    await mill.becomes('execution', 'Stopped');
    expect(shop.status('mill-1')?.siteLoss).toEqual(['Quiet hours from 00:00 to 00:00.']);
  });
});

describe('a training', () => {
  test('[SR5] is looked up by the owner: whoever lacks it cannot start, whatever their gateway says', async () => {
    await inForce('trained', 'training', { training: 'mill' });
    const id = randomUUID();
    const claimed = { ...anna('mill-1'), qualifications: [{ training: 'mill', until: null, supervised: 0 }] };
    const refused = await start({ id, assertion: await shop.gateway.assertion('equipment/mill-1', id, claimed) });
    expect(refused.reasons.map(reason => reason.code)).toContain('training-missing');
    expect(shop.status('mill-1')?.decisions.START?.needs.qualifications).toEqual(['mill']);
  });

  test('[SR5] that is revoked in the middle of a job suspends it', async () => {
    await change(() => book.trained('anna', 'mill'));
    await inForce('trained', 'training', { training: 'mill' });
    await until('it is known who is in control', () => shop.status('mill-1')?.site.facts.holder?.known);
    await mill.startJob(longProgram);
    await mill.becomes('execution', 'Execute');
    await change(() => book.revoke('anna'));
    await mill.becomes('execution', 'Suspended');
    expect(shop.status('mill-1')?.siteLoss).toEqual(['Whoever is in control no longer has the training mill.']);
    expect((await mill.ask('UNSUSPEND')).reasons.map(reason => reason.code)).toEqual(['training-missing']);
  });

  test('[SR5] whose first uses are supervised needs a supervisor, and each start counts one down', async () => {
    await change(() => book.trained('anna', 'mill', { supervised: 2 }));
    await inForce('trained', 'training', { training: 'mill' });
    expect((await start()).reasons.map(reason => reason.code)).toContain('needs-supervisor');
    await change(async () => {
      await book.trained('ben', 'mill', { maySupervise: true });
      await book.present(['ben'], 600_000);
    });
    await until('ben is there', () => JSON.stringify(shop.status('mill-1')?.site.facts['supervisors/mill']).includes('"ben"'));
    await mill.startJob(longProgram);
    await until('one was counted', async () => (await book.supervisedLeft('anna')) === 1);
    const uses = await shop.ground.db.selectFrom('supervised_use').select(['person_id', 'training_id', 'equipment']).execute();
    expect(uses).toEqual([{ person_id: 'anna', training_id: 'mill', equipment: 'mill-1' }]);
  });
});

test('[SR9] the booked time of another keeps everybody else from taking the machine, until it is over', async () => {
  await mill.accepted('CHECK_OUT');
  await mill.becomes('occupancy', 'free');
  const over = Date.now() + 600_000;
  await change(() => book.booking('mill-1', 'ben', Date.now() - 1_000, over));
  await until('the booking is known', () => JSON.stringify(shop.status('mill-1')?.site.facts.booking).includes('"ben"'));
  expect(await mill.ask('CHECK_IN')).toMatchObject({ outcome: 'refused', reasons: [{ code: 'booked', until: over }] });
  expect(shop.status('mill-1')?.validUntil).toBe(over);
  await change(() => book.empty());
  await until('the booking is gone', () => !JSON.stringify(shop.status('mill-1')?.site.facts.booking).includes('"ben"'));
  await mill.accepted('CHECK_IN');
});

test('[SR5] control is offered to somebody who is there to be offered it', async () => {
  expect((await mill.ask('HAND_OVER', { to: 'nobody' })).reasons.map(reason => reason.code)).toEqual(['person-unknown']);
  await mill.accepted('HAND_OVER', { to: 'ben@login' });
  await until('it is offered', () => shop.status('mill-1')?.offer?.id === 'ben');
  await mill.accepted('CHECK_OUT');
  await mill.becomes('occupancy', 'free');
  await mill.accepted('CHECK_IN');
});

test('[SR8] enforced maintenance that is due keeps the machine out of use until it was done', async () => {
  await change(() => book.plan('oil', 'mill-1', { everyDays: 1, enforced: true, lastDoneAt: Date.now() - 2 * 86_400_000 }));
  await refusedBy('maintenance-due');
  expect(shop.status('mill-1')).toMatchObject({ value: { maintenance: 'due' }, serviceDue: [{ id: 'oil', enforced: true }] });
  await change(() => book.empty());
  await liftedFrom('maintenance-due');
  await mill.becomes('maintenance', 'inService');
});
