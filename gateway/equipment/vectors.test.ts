import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import type { Caller } from '../../statecharts/caller.ts';
import type { DecidableStatus } from '../../statecharts/equipment/decide.ts';
import { hashPassword } from '../auth/passwords.ts';
import type { SessionResponse } from '../contract/auth.ts';
import { commandDecisions, commandPath } from '../contract/resources.ts';
import { millStatus } from '../testing/documents.ts';
import { ask, openWorkshop, password, type Workshop } from '../testing/workshop.ts';

interface Vector {
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly reasons: Readonly<Record<string, readonly string[]>>;
}
interface VectorFile {
  readonly now: number;
  readonly callers: Readonly<Record<string, Caller>>;
  readonly situations: readonly { readonly name: string; readonly status: DecidableStatus; readonly vectors: readonly Vector[] }[];
}

const folder = join(import.meta.dirname, '../../statecharts/equipment/vectors');
const files = readdirSync(folder).map(name => JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile);
const [{ now, callers } = { now: 0, callers: {} }] = files;
const situations = files.flatMap(file => file.situations);
const sessions = new Map<string, SessionResponse>();

let workshop: Workshop;

beforeAll(async () => {
  workshop = await openWorkshop();
  // The gateway lives at the time of the questions; what the database keeps until then is over long before it.
  workshop.clock.ahead = now - Date.now();
  const { db } = workshop.database;
  const hash = await hashPassword(password);
  const people = Object.values(callers).map(({ id, name, role }) => ({ id, login: id, name, role, password_hash: hash }));
  await db.insertInto('person').values(people).execute();
  await db.insertInto('training').values({ id: 'basic', title: 'Basic', removed_at: null }).execute();
  for (const { id, presence, qualifications = [] } of Object.values(callers)) {
    for (const { training, until: end } of qualifications) {
      const times = { valid_from: sql<Date>`'2020-01-01'`, valid_until: end === null ? null : new Date(end) };
      const standing = { supervised_left: 0, may_supervise: false, noted_by: 'mia', revoked_by: null, revoked_at: null };
      await db
        .insertInto('person_training')
        .values({ person_id: id, training_id: training, ...times, ...standing })
        .execute();
    }
    sessions.set(id, (await ask(workshop.url, '/auth/login', { json: { login: id, password } })).body);
    if (presence && presence.until > now)
      await ask(workshop.url, '/auth/presence', { token: sessions.get(id)?.accessToken ?? '', json: { equipment: presence.equipment } });
  }
}, 60_000);
afterAll(() => workshop?.close());

const as = (id: string, path: string) => ask(workshop.url, `/equipment/machine-1${path}`, { token: sessions.get(id)?.accessToken ?? '' });

async function shown(status: DecidableStatus, seq: number): Promise<void> {
  workshop.owner.publish('equipment.machine-1.status', { ...millStatus({ seq, at: now }), ...status });
  await until('the gateway knows it', async () => (await as('ann', '')).body.seq === seq);
}

test('[EQ108] the gateway answers each golden vector as the owner does', async () => {
  expect(situations.length).toBeGreaterThan(15);
  for (const [i, { name, status, vectors }] of situations.entries()) {
    await shown(status, i + 1);
    for (const id of Object.keys(callers)) {
      const { commands } = commandDecisions.parse((await as(id, '/commands')).body);
      const told = new Map(commands.map(({ command, reasons }) => [command, reasons.map(({ code }) => code)]));
      for (const { command, args, reasons } of vectors.filter(one => Object.keys(one.args).length === 0))
        expect([name, id, command, args, told.get(command)]).toEqual([name, id, command, args, reasons[id]]);
    }
  }
});

test('[EQ108] and so for the commands that have arguments', async () => {
  const ready = situations.filter(({ name }) => name === 'ready to start');
  for (const [i, { status, vectors }] of ready.entries()) {
    await shown(status, 100 + i);
    for (const { command, args, reasons } of vectors.filter(one => Object.keys(one.args).length > 0)) {
      const answer = commandPath.parse(
        (await as('ann', `/commands/${command}/path?args=${encodeURIComponent(JSON.stringify(args))}`)).body,
      );
      // Whether there are this job and this person a gateway looks up; here there are none.
      const codes = answer.reasons.map(({ code }) => code).filter(code => code !== 'job-not-ready' && code !== 'person-unknown');
      expect([command, args, codes]).toEqual([command, args, reasons.ann]);
      expect(answer.allowed).toBe(answer.reasons.length === 0);
    }
  }
});
