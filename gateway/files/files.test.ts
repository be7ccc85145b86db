import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../actors/testing/until.ts';
import { administrator, ask, type Got, openWorkshop, person, type Workshop } from '../testing/workshop.ts';

let workshop: Workshop;
let admin: Awaited<ReturnType<typeof administrator>>;

beforeAll(async () => {
  workshop = await openWorkshop({ WIT_UPLOAD_LIMIT_MB: '4' });
  admin = await administrator(workshop);
}, 60_000);
afterAll(() => workshop?.close());

const upload = (name: string, body: string | Uint8Array, token = admin.accessToken): Promise<Got> =>
  ask(workshop.url, `/files?name=${encodeURIComponent(name)}`, { token, body, headers: { 'content-type': 'application/octet-stream' } });
const blobs = () => workshop.database.db.selectFrom('blob').selectAll().execute();

describe('uploads', () => {
  test('are stored as they arrive, with their hash, and come back byte for byte, always as a download', async () => {
    const bytes = randomBytes(3_500_000);
    const got = await upload('Fräse "1" <b>.nc', bytes);
    expect([got.status, got.body.size, got.body.name]).toEqual([201, bytes.length, 'Fräse "1" <b>.nc']);
    expect(got.body.hash).toBe(createHash('sha256').update(bytes).digest('hex'));
    const response = await fetch(`${workshop.url}/api/v1/files/${got.body.id}/content`, {
      headers: { authorization: `Bearer ${admin.accessToken}` },
    });
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
    expect(response.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''Fr%C3%A4se%20%221%22%20%3Cb%3E.nc");
    expect(response.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('the same bytes are stored once under two names', async () => {
    const [one, two] = [await upload('one.nc', 'G21\n'), await upload('two.nc', 'G21\n')];
    expect(one.body.id).not.toBe(two.body.id);
    expect((await blobs()).filter(blob => blob.hash === one.body.hash)).toHaveLength(1);
    const list = await ask(workshop.url, '/files', { token: admin.accessToken });
    expect(list.body.items.slice(0, 2).map((file: { name: string }) => file.name)).toEqual(['two.nc', 'one.nc']);
  });

  test('too large: 413 with the limit, announced or not, and nothing is left', async () => {
    const announced = await upload('big.nc', Buffer.alloc(5_000_000, 'G'));
    expect([announced.status, announced.body.code, announced.body.detail]).toEqual([413, 'too-large', 'A file may have at most 4 MB.']);
    expect(await chunked(5_000_000)).toBe(413);
    expect((await blobs()).filter(blob => blob.hash.startsWith('upload-'))).toEqual([]);
  });

  test('empty, or of another content type', async () => {
    expect((await upload('empty.nc', '')).body.code).toBe('empty-file');
    const form = await ask(workshop.url, '/files?name=a.nc', {
      token: admin.accessToken,
      body: 'x',
      headers: { 'content-type': 'text/html' },
    });
    expect(form.body.code).toBe('unsupported-media-type');
  });

  test('[A1] names are names: paths, control and direction characters, too long ones are refused', async () => {
    const bad = ['../a.nc', 'a/b.nc', 'a\\b.nc', '..', '.', ' ', 'a\0.nc', 'a\r\nb.nc', 'a\u202ecn.exe', 'x'.repeat(121)];
    for (const name of bad) expect([name, (await upload(name, 'G21\n')).body.code]).toEqual([name, 'invalid']);
  });

  test('a client that goes away leaves nothing behind, and the database is not blamed', async () => {
    await new Promise<void>(resolve => {
      const going = request(`${workshop.url}/api/v1/files?name=gone.nc`, {
        method: 'POST',
        headers: { authorization: `Bearer ${admin.accessToken}`, 'content-type': 'text/plain', 'content-length': '3000000' },
      });
      going.on('error', () => undefined);
      going.on('close', () => resolve());
      going.write(Buffer.alloc(2_000_000, 'G'), () => going.destroy());
    });
    await until('nothing left', async () => (await blobs()).every(blob => !blob.hash.startsWith('upload-')));
    expect((await ask(workshop.url, '/system/ready')).body.ready).toBe(true);
  });

  test('a viewer uploads nothing; an operator removes what is theirs only', async () => {
    const [viewer, operator] = [await person(workshop, admin, 'viewer'), await person(workshop, admin, 'operator')];
    // Refused long before its end: what still arrives is thrown away, and the next request is served.
    for (const size of [4, 3_900_000])
      expect((await upload('a.nc', Buffer.alloc(size, 'G'), viewer.accessToken)).body.code).toBe('forbidden');
    const [mine, foreign] = [await upload('mine.nc', 'G20\n', operator.accessToken), await upload('theirs.nc', 'G20\n')];
    const remove = (id: string) => ask(workshop.url, `/files/${id}`, { method: 'DELETE', token: operator.accessToken });
    expect((await remove(foreign.body.id)).body.code).toBe('forbidden');
    expect((await remove(mine.body.id)).status).toBe(204);
    expect((await remove(mine.body.id)).body.code).toBe('not-found');
  });
});

/** An upload whose size nobody knows beforehand. */
function chunked(size: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sending = request(`${workshop.url}/api/v1/files?name=chunked.nc`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin.accessToken}`, 'content-type': 'text/plain' },
    });
    sending.on('response', response => {
      resolve(response.statusCode ?? 0);
      response.resume();
    });
    sending.on('error', reject);
    sending.end(Buffer.alloc(size, 'G'));
  });
}
