import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { administrator, ask, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/site-rules.md'), 'utf8');

/** Every request of the page, in its order; `refused` where the page says so. */
const requests = [...page.matchAll(/```http( refused)?\n(\w+) (\S+)\n([\s\S]*?)```/g)].map(
  ([, refused, method = '', path = '', body = '']) => ({
    refused: refused !== undefined,
    method,
    path: path.replace('/api/v1', ''),
    json: body.trim() === '' ? undefined : (JSON.parse(body) as unknown),
  }),
);

let workshop: Workshop;

beforeAll(async () => {
  workshop = await openWorkshop();
  for (const id of ['laser-1', 'extractor-1', 'mill-1']) {
    const row = { id, name: id, type: 'grbl', settings: '{}', simulated: true, node: null, removed_at: null };
    await workshop.database.db.insertInto('equipment').values(row).execute();
  }
});
afterAll(() => workshop?.close());

test('[SR1] every example of the page about site rules does what the page says', async () => {
  const mara = await administrator(workshop);
  const otto = await person(workshop, mara, 'operator');
  expect(requests.length).toBeGreaterThan(12);
  for (const { refused, method, path, json } of requests) {
    const more = json === undefined ? {} : { json };
    const got = await ask(workshop.url, path.replace('PERSON', otto.me.id), { method, token: mara.accessToken, ...more });
    expect(got.status < 300, `${method} ${path}: ${got.status} ${JSON.stringify(got.body)}`).toBe(!refused);
    if (refused) expect(got.body.code).toBe('rules-contradict');
    if (path.endsWith('/check')) expect(got.body.errors).toMatchObject([{ code: 'needs-one-another' }]);
  }
});
