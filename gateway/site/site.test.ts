import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readEvents } from '../../actors/storage/journal.ts';
import { siteActor } from '../../actors/storage/site-journal.ts';
import { verifyJournal } from '../../actors/storage/verify-journal.ts';
import { until } from '../../actors/testing/until.ts';
import { Page } from '../testing/page.ts';
import { type Ask, administrator, ask, cookieOf, openWorkshop, password, person, type Workshop } from '../testing/workshop.ts';

type Session = Awaited<ReturnType<typeof administrator>>;

let workshop: Workshop;
let mara: Session;
let mia: Session;
let otto: Session;

beforeAll(async () => {
  workshop = await openWorkshop();
  mara = await administrator(workshop);
  mia = await person(workshop, mara, 'maintainer');
  otto = await person(workshop, mara, 'operator');
  for (const id of ['laser-1', 'extractor-1', 'mill-7']) {
    const row = { id, name: id, type: 'grbl', settings: '{}', simulated: true, node: null, removed_at: null };
    await workshop.database.db.insertInto('equipment').values(row).execute();
  }
});
afterAll(() => workshop?.close());

const as = (who: Session, path: string, more: Ask = {}) => ask(workshop.url, `/site${path}`, { token: who.accessToken, ...more });
const put = (who: Session, path: string, json: object) => as(who, path, { method: 'PUT', json });
const remove = (who: Session, path: string) => as(who, path, { method: 'DELETE' });
const me = async (who: Session) => (await ask(workshop.url, '/auth/me', { token: who.accessToken })).body;
const inAnHour = () => Date.now() + 3_600_000;

describe('trainings', () => {
  test('[SR5] are kept by maintainers and seen by everybody', async () => {
    expect((await put(otto, '/trainings/laser', { title: 'Laser' })).status).toBe(403);
    expect((await put(mia, '/trainings/laser', { title: 'Laser' })).body).toEqual({ id: 'laser', title: 'Laser' });
    expect((await put(mia, '/trainings/mill', { title: 'Mill' })).status).toBe(200);
    expect((await put(mia, '/trainings/LASER', { title: 'Laser' })).body.code).toBe('invalid');
    expect((await as(otto, '/trainings')).body.items.map((one: { id: string }) => one.id)).toEqual(['laser', 'mill']);
    expect((await remove(mia, '/trainings/mill')).status).toBe(204);
    expect((await remove(mia, '/trainings/mill')).body.code).toBe('not-found');
  });

  test('[SR5] are noted for a person and reach their page when they change', async () => {
    const page = await Page.open(workshop.url, otto.accessToken);
    page.send({ type: 'subscribe', topics: ['me'] });
    const own = () => page.frames.findLast(frame => frame.type === 'me')?.data.qualifications;
    await until('the page knows itself', () => own() !== undefined);
    const note = { training: 'laser', until: inAnHour(), supervised: 3 };
    const path = `/people/${otto.me.id}/trainings`;
    expect((await as(otto, path, { json: note })).status).toBe(403);
    const noted = await as(mia, path, { json: note });
    expect(noted.status).toBe(201);
    expect(noted.body.trainings).toMatchObject([
      { training: 'laser', supervised: 3, maySupervise: false, notedBy: { name: 'maintainer' } },
    ]);
    await until('the page knows of it', () => own()?.length === 1);
    expect(own()).toEqual([{ training: 'laser', until: note.until, supervised: 3 }]);
    await as(mia, path, { json: { training: 'laser' } });
    await until('the page knows of the new note', () => own()?.[0]?.supervised === 0);
    expect((await remove(mia, `${path}/laser`)).status).toBe(204);
    await until('the page knows that it was revoked', () => own()?.length === 0);
    expect((await remove(mia, `${path}/laser`)).body.code).toBe('not-found');
    page.close();
  });

  test('[SR5] are not noted for nobody, for nothing, or for no time', async () => {
    expect((await as(mia, '/people/nobody/trainings', { json: { training: 'laser' } })).body.code).toBe('not-found');
    expect((await as(mia, `/people/${otto.me.id}/trainings`, { json: { training: 'mill' } })).body.code).toBe('not-found');
    expect((await as(mia, `/people/${otto.me.id}/trainings`, { json: { training: 'laser', until: 5 } })).body.code).toBe('invalid');
    const { body } = await as(mia, '/people');
    expect(body.items.map((one: { trainings: unknown[] }) => one.trainings.length)).toEqual([0, 0, 0]);
  });
});

describe('bookings', () => {
  const book = (who: Session, more: object = {}) =>
    as(who, '/bookings', { json: { equipment: 'mill-7', from: Date.now(), until: inAnHour(), ...more } });

  test('[SR9] are one’s own, or by a maintainer for others, and never for the same time', async () => {
    const made = await book(otto);
    expect(made).toMatchObject({ status: 201, body: { equipment: 'mill-7', person: { id: otto.me.id, name: 'operator' } } });
    expect((await book(mia)).body.detail).toContain('operator has booked it then');
    expect((await book(otto, { equipment: 'laser-1', person: mia.me.id })).status).toBe(403);
    expect((await book(mia, { equipment: 'laser-1', person: otto.me.id })).status).toBe(201);
    expect((await as(otto, '/bookings?equipment=mill-7')).body.items).toHaveLength(1);
    expect((await as(otto, '/bookings')).body.items).toHaveLength(2);
    expect((await remove(mia, `/bookings/${made.body.id}`)).status).toBe(204);
    expect((await remove(otto, `/bookings/${made.body.id}`)).body.code).toBe('not-found');
    expect((await book(mia)).status).toBe(201);
  });

  test('[SR9] of two at the same moment one is made', async () => {
    const times = { equipment: 'extractor-1', from: inAnHour(), until: inAnHour() + 60_000 };
    const made = await Promise.all([book(otto, times), book(mia, times), book(mara, times)]);
    expect(made.map(one => one.status).sort()).toEqual([201, 409, 409]);
  });

  test('[SR9] of others are left alone, and of no equipment or no time not made', async () => {
    const [booked] = (await as(otto, '/bookings?equipment=mill-7')).body.items;
    expect((await remove(otto, `/bookings/${booked.id}`)).status).toBe(403);
    expect((await book(otto, { equipment: 'crane' })).body.code).toBe('unknown-equipment');
    expect((await book(otto, { from: inAnHour(), until: Date.now() })).body.code).toBe('invalid');
    expect((await book(otto, { from: inAnHour(), until: inAnHour() + 15 * 86_400_000 })).body.code).toBe('invalid');
  });
});

describe('rules', () => {
  const needs = (equipment: string[], other: string) => ({ template: 'equipment-running', params: { equipment: other }, equipment });

  test('[SR1] are made by administrators, checked, in versions with who made them', async () => {
    const rule = needs(['laser-1'], 'extractor-1');
    expect((await put(mia, '/rules/laser-extractor', rule)).status).toBe(403);
    const made = await put(mara, '/rules/laser-extractor', rule);
    expect(made).toMatchObject({
      status: 200,
      body: {
        warnings: [],
        rule: { version: 1, active: true, onLoss: 'hold', sentence: 'Only while extractor-1 runs.', changedBy: { name: 'Mara' } },
      },
    });
    expect((await put(mara, '/rules/laser-extractor', { ...rule, onLoss: 'stop' })).body.rule).toMatchObject({
      version: 2,
      onLoss: 'stop',
    });
    expect((await as(mara, '/rules/laser-extractor/deactivate', { method: 'POST' })).body.rule).toMatchObject({
      version: 3,
      active: false,
    });
    expect((await as(mara, '/rules/laser-extractor/activate', { method: 'POST' })).body.rule).toMatchObject({ version: 4, active: true });
    const history = (await as(otto, '/rules/laser-extractor/history')).body.items;
    expect(history.map((one: { version: number; onLoss: string }) => `${one.version} ${one.onLoss}`)).toEqual([
      '4 stop',
      '3 stop',
      '2 stop',
      '1 hold',
    ]);
    expect((await as(otto, '/rules')).body.items).toHaveLength(1);
    expect((await as(otto, '/rules/none/history')).body.code).toBe('not-found');
    expect((await as(mara, '/rules/none/activate', { method: 'POST' })).body.code).toBe('not-found');
  });

  test('[SR1] that would make START unreachable are refused with the chain, on trial and for real, and nothing of them is kept', async () => {
    const circle = needs(['extractor-1'], 'laser-1');
    const tried = await as(mara, '/rules/check', { json: { id: 'extractor-laser', ...circle } });
    expect(tried.body.errors[0]).toMatchObject({ code: 'needs-one-another' });
    expect(tried.body.errors[0].path.map((link: { rule: string }) => link.rule).sort()).toEqual(['extractor-laser', 'laser-extractor']);
    const refused = await put(mara, '/rules/extractor-laser', circle);
    expect(refused).toMatchObject({ status: 409, body: { code: 'rules-contradict', reasons: [{ code: 'needs-one-another' }] } });
    expect(refused.body.reasons[0].message).toContain(
      'extractor-laser at extractor-1: Only while laser-1 runs. → laser-extractor at laser-1',
    );
    expect((await as(otto, '/rules')).body.items).toHaveLength(1);
    expect((await put(mara, '/rules/extractor-laser', { ...circle, active: false })).body.rule).toMatchObject({
      version: 1,
      active: false,
    });
    expect((await as(mara, '/rules/extractor-laser/activate', { method: 'POST' })).body.code).toBe('rules-contradict');
  });

  test('[SR1] two that contradict each other are never put into force at the same moment', async () => {
    const both = await Promise.all([
      put(mara, '/rules/mill-rests', needs(['mill-7'], 'extractor-1')),
      put(mara, '/rules/mill-runs', { ...needs(['mill-7'], 'extractor-1'), template: 'equipment-resting' }),
    ]);
    expect(both.map(one => one.status).sort()).toEqual([200, 409]);
  });

  test('[SR1] with settings that do not fit are refused in words, and warnings are told', async () => {
    const night = { template: 'quiet-hours', params: { from: '25:00', to: '06:00' }, equipment: null };
    expect((await put(mara, '/rules/night', night)).body).toMatchObject({
      code: 'invalid',
      detail: expect.stringContaining('params.from'),
    });
    const trained = { template: 'training', params: { training: 'laser' }, equipment: ['laser-1'] };
    expect((await put(mara, '/rules/trained', trained)).body.warnings).toMatchObject([{ code: 'nobody-trained' }]);
    expect((await remove(mia, '/trainings/laser')).body.code).toBe('conflict');
    expect((await put(mara, '/rules/RULE', trained)).body.code).toBe('invalid');
  });

  test('[SR1] come from templates whose settings are told', async () => {
    const { items } = (await as(otto, '/rules/templates')).body;
    expect(items.map((one: { template: string }) => one.template)).toContain('not-alone');
    expect(items[0]).toMatchObject({
      title: 'Only while another equipment runs',
      onLoss: 'hold',
      params: { properties: { equipment: {} } },
    });
  });
});

describe('maintenance', () => {
  test('[SR8] is planned by maintainers, due by days or hours of work, and done when they say so', async () => {
    const plan = { equipment: 'mill-7', text: 'Oil the spindle', everyHours: 10, enforced: true };
    expect((await put(otto, '/maintenance/oil', plan)).status).toBe(403);
    expect((await put(mia, '/maintenance/oil', { ...plan, everyHours: null })).status).toBe(400);
    const { db } = workshop.database;
    await db
      .insertInto('equipment_hours')
      .values({ equipment: 'mill-7', producing_ms: 100 * 3_600_000 })
      .execute();
    expect((await put(mia, '/maintenance/oil', plan)).body).toMatchObject({ hoursSince: 0, due: false, doneBy: null });
    await db
      .updateTable('equipment_hours')
      .set({ producing_ms: 111 * 3_600_000 })
      .execute();
    expect((await put(mia, '/maintenance/oil', plan)).body).toMatchObject({ hoursSince: 11, due: true });
    expect((await as(mia, '/maintenance/oil/done', { method: 'POST' })).body).toMatchObject({
      hoursSince: 0,
      due: false,
      doneBy: { name: 'maintainer' },
    });
    expect((await as(otto, '/maintenance?equipment=mill-7')).body.items).toHaveLength(1);
    expect((await put(mia, '/maintenance/oil', { ...plan, equipment: 'laser-1' })).body.code).toBe('conflict');
    expect((await remove(mia, '/maintenance/oil')).status).toBe(204);
    expect((await as(mia, '/maintenance/oil/done', { method: 'POST' })).body.code).toBe('not-found');
    expect((await put(mia, '/maintenance/oil', { ...plan, equipment: 'laser-1' })).body).toMatchObject({
      hoursSince: 0,
      equipment: 'laser-1',
    });
  });
});

test('[EQ53] whoever hands over control may know who could take it, by name and no more', async () => {
  const items = (await as(otto, '/operators')).body.items as { name: string }[];
  expect(items.map(one => one.name)).toEqual(expect.arrayContaining([mara.me.name, mia.me.name, otto.me.name]));
  for (const item of items) expect(Object.keys(item).sort()).toEqual(['id', 'name']);
  const vera = await person(workshop, mara, 'viewer');
  expect((await as(vera, '/operators')).status).toBe(403);
  expect(((await as(otto, '/operators')).body.items as { id: string }[]).map(one => one.id)).not.toContain(vera.me.id);
});

describe('who is in the workshop', () => {
  test('[SR10] says so, also without being at a machine, and takes it back', async () => {
    const say = (equipment: string | null) => ask(workshop.url, '/auth/presence', { token: otto.accessToken, json: { equipment } });
    expect((await say('mill-7')).body.presence['mill-7']).toBeGreaterThan(Date.now());
    const { body } = await say(null);
    expect(body.inWorkshop).toBeGreaterThan(Date.now() + 3_000_000);
    expect(Object.keys(body.presence)).toEqual(['mill-7']);
    const left = await ask(workshop.url, '/auth/presence', { token: otto.accessToken, method: 'DELETE' });
    expect(left.body.presence).toEqual({});
    expect(left.body.inWorkshop).toBeUndefined();
    expect((await me(otto)).qualifications).toEqual([]);
  });
});

test('[SR1] every change stands in the journal, with who made it, in a chain that holds', async () => {
  const events = await readEvents(workshop.database.db, siteActor, { after: 0, limit: 1_000 });
  const types = new Set(events.map(event => event.type));
  for (const type of [
    'training.noted',
    'training.revoked',
    'booking.made',
    'booking.cancelled',
    'rule.changed',
    'plan.done',
    'person.added',
  ])
    expect(types).toContain(type);
  const rule = events.find(event => event.type === 'rule.changed');
  expect(rule).toMatchObject({ principal: { id: mara.me.id, name: 'Mara' }, data: { id: 'laser-extractor', version: 1, active: true } });
  for await (const verdict of verifyJournal(workshop.database.db)) expect(verdict.trouble).toBeNull();
});

test('[SR1] every new account stands in the journal with who made it, the first one too, and never with its password', async () => {
  const events = await readEvents(workshop.database.db, siteActor, { after: 0, limit: 1_000 });
  const added = (id: string) => events.find(({ type, data }) => type === 'person.added' && (data as { id?: string }).id === id);
  const account = ({ id, login, name, role }: Session['me']) => ({ id, login, name, role, disabled: false });
  expect(added(mara.me.id)).toMatchObject({ principal: { kind: 'system', id: 'set-up-link' }, data: account(mara.me) });
  for (const one of [mia, otto]) {
    expect(added(one.me.id)).toMatchObject({ principal: { kind: 'user', id: mara.me.id, name: 'Mara', role: 'administrator' } });
    expect(added(one.me.id)?.data).toEqual(account(one.me));
  }
});

test('[SR1] a new account is told to the nodes at once, the first one too, and one that is not made is told to nobody', async () => {
  const told = () => workshop.owner.siteChanges as { people?: string[] }[];
  const add = () =>
    ask(workshop.url, '/auth/people', { token: mara.accessToken, json: { login: 'newt', name: 'Newt', password, role: 'viewer' } });
  const newt = await add();
  await until('the nodes hear of it', () => told().some(({ people }) => people?.includes(newt.body.id)));
  expect(told().some(({ people }) => people?.includes(mara.me.id))).toBe(true);
  const before = told().length;
  expect((await add()).body.code).toBe('conflict');
  await workshop.owner.flush();
  expect(told()).toHaveLength(before);
});

describe('accounts', () => {
  const newcomer = async (login: string, role: string): Promise<Session> => {
    const added = await ask(workshop.url, '/auth/people', { token: mara.accessToken, json: { login, name: login, password, role } });
    expect(added.status).toBe(201);
    const got = await ask(workshop.url, '/auth/login', { json: { login, password } });
    return { ...got.body, cookie: cookieOf(got) };
  };
  const account = (who: Session, of: Session, json: object) => put(who, `/people/${of.me.id}/account`, json);

  test('[SR11] only an administrator gives another role, and it counts at once in a session that is open', async () => {
    const nora = await newcomer('nora', 'operator');
    const page = await Page.open(workshop.url, nora.accessToken);
    page.send({ type: 'subscribe', topics: ['me'] });
    const role = () => page.frames.findLast(frame => frame.type === 'me')?.data.role;
    await until('the page knows itself', () => role() === 'operator');
    expect((await account(mia, nora, { role: 'maintainer', disabled: false })).body.code).toBe('forbidden');
    expect((await account(mara, nora, { role: 'boss', disabled: false })).body.code).toBe('invalid');
    expect((await account(mara, nora, { role: 'maintainer', disabled: false })).body).toMatchObject({
      role: 'maintainer',
      disabled: false,
    });
    await until('the page hears of it', () => role() === 'maintainer');
    expect((await put(nora, '/trainings/lathe', { title: 'Lathe' })).status).toBe(200);
    expect((await account(mara, nora, { role: 'viewer', disabled: false })).status).toBe(200);
    expect((await put(nora, '/trainings/lathe', { title: 'Lathe 2' })).body.code).toBe('forbidden');
    const told = await readEvents(workshop.database.db, siteActor, { after: 0, limit: 1_000 });
    expect(told.filter(event => event.type === 'person.changed').map(event => event.data)).toMatchObject([
      { id: nora.me.id, role: 'maintainer' },
      { id: nora.me.id, role: 'viewer' },
    ]);
    page.close();
    expect((await remove(mia, '/trainings/lathe')).status).toBe(204);
  });

  test('[SR11] whose access ends is out at once, and stays out of old sessions when let in again', async () => {
    const nick = await newcomer('nick', 'operator');
    expect((await account(mara, nick, { role: 'operator', disabled: true })).body).toMatchObject({ disabled: true });
    expect((await as(nick, '/trainings')).body.code).toBe('not-authenticated');
    expect((await account(mara, nick, { role: 'operator', disabled: false })).body).toMatchObject({ disabled: false });
    expect((await as(nick, '/trainings')).body.code).toBe('not-authenticated');
  });

  test('[SR11] the last administrator keeps role and access, however many ask at once', async () => {
    const second = await newcomer('ada', 'administrator');
    const both = await Promise.all([
      account(mara, second, { role: 'viewer', disabled: false }),
      account(second, mara, { role: 'viewer', disabled: false }),
    ]);
    expect(both.map(answer => answer.status).sort()).not.toEqual([200, 200]);
    const admins = await workshop.database.db.selectFrom('person').select('id').where('role', '=', 'administrator').execute();
    expect(admins).toHaveLength(1);
    await workshop.database.db.updateTable('person').set({ role: 'administrator' }).where('id', '=', mara.me.id).execute();
    await workshop.database.db.updateTable('person').set({ role: 'viewer' }).where('id', '=', second.me.id).execute();
    await until('Mara is administrator again', async () => (await me(mara)).role === 'administrator');
    expect((await account(mara, mara, { role: 'administrator', disabled: true })).body).toMatchObject({ code: 'conflict' });
    expect((await put(mara, '/people/nobody/account', { role: 'viewer', disabled: false })).body.code).toBe('unknown-user');
  });
});
