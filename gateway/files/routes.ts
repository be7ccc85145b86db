import { sql } from 'kysely';
import { z } from 'zod';
import { readBlob } from '../../actors/storage/blobs.ts';
import { hasRole } from '../../statecharts/caller.ts';
import { type FileEntry, fileList, fileSchema } from '../contract/resources.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import { type Answer, type Route, route, type SignedIn } from '../http/route.ts';
import { checkFileName } from './file-name.ts';
import { storeUpload, type UploadOptions } from './upload.ts';

const base = '/api/v1/files';
const listLimit = 500;

/** `/api/v1/files/...` */
export function fileRoutes(options: UploadOptions): Route[] {
  const { door } = options;
  return [
    route({
      method: 'GET',
      path: base,
      access: 'viewer',
      summary: 'Uploaded files, newest first.',
      answers: fileList,
      handle: async () => ({ json: { items: await listFiles(door) } }),
    }),
    route({
      method: 'POST',
      path: base,
      access: 'operator',
      summary: 'Upload a program: the raw bytes as body, its name as ?name=.',
      query: z.strictObject({ name: z.string().max(500) }),
      rawBody: true,
      answers: fileSchema,
      handle: async ({ request, query, caller }) => {
        const checked = checkFileName(query.name);
        if (isRefused(checked)) return checked;
        const stored = await storeUpload({ request, name: checked.name, by: caller.id }, options);
        return isRefused(stored) ? stored : { status: 201, json: stored, headers: { location: `${base}/${stored.id}` } };
      },
    }),
    ...oneFileRoutes(door),
  ];
}

function oneFileRoutes(door: DatabaseDoor): Route[] {
  return [
    route({
      method: 'GET',
      path: `${base}/{id}`,
      access: 'viewer',
      summary: 'Name, size, hash of one file.',
      answers: fileSchema,
      handle: async call => {
        const file = await findFile(door, call.params.id ?? '');
        return isRefused(file) ? file : { json: file };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/{id}/content`,
      access: 'viewer',
      summary: 'The bytes, always as a download.',
      handle: call => download(door, call.params.id ?? ''),
    }),
    route({
      method: 'DELETE',
      path: `${base}/{id}`,
      access: 'operator',
      summary: 'Remove a file; its own uploader or a maintainer. Jobs made of it keep their program.',
      handle: call => remove(door, { id: call.params.id ?? '', caller: call.caller }),
    }),
  ];
}

const columns = ['id', 'name', 'size', 'hash', 'created_by', 'created_at'] as const;

interface FileRow {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly hash: string;
  readonly created_by: string;
  readonly created_at: Date;
}

function toEntry(row: FileRow): FileEntry {
  const { id, name, size, hash } = row;
  return { id, name, size, hash, createdBy: row.created_by, createdAt: row.created_at.getTime() };
}

async function listFiles(door: DatabaseDoor): Promise<FileEntry[]> {
  const rows = await door.ask(db =>
    db.selectFrom('file').select(columns).where('removed_at', 'is', null).orderBy('created_at', 'desc').limit(listLimit).execute(),
  );
  return rows.map(toEntry);
}

/** A file that has not been removed, by its id. */
export async function findFile(door: DatabaseDoor, id: string): Promise<FileEntry | Refused> {
  const row = await door.ask(db =>
    db.selectFrom('file').select(columns).where('id', '=', id).where('removed_at', 'is', null).executeTakeFirst(),
  );
  return row ? toEntry(row) : refuse('not-found', 'There is no such file, or it has been removed.');
}

async function download(door: DatabaseDoor, id: string): Promise<Answer | Refused> {
  const file = await findFile(door, id);
  if (isRefused(file)) return file;
  const chunks = await door.ask(async db => readBlob(db, file.hash));
  return {
    stream: { size: file.size, chunks },
    headers: {
      'content-type': 'application/octet-stream',
      // What people upload is never shown by this origin, whatever it pretends to be.
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name).replace(/['()*]/g, escapeMore)}`,
      'content-security-policy': "default-src 'none'; sandbox",
    },
  };
}

/** RFC 8187 allows fewer characters than encodeURIComponent leaves alone. */
function escapeMore(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

async function remove(door: DatabaseDoor, { id, caller }: { id: string; caller: SignedIn }): Promise<Answer | Refused> {
  const file = await findFile(door, id);
  if (isRefused(file)) return file;
  if (file.createdBy !== caller.id && !hasRole(caller, 'maintainer')) {
    return refuse('forbidden', 'Somebody else uploaded this file: they or a maintainer may remove it.');
  }
  await door.ask(db => db.updateTable('file').set({ removed_at: sql<Date>`now()` }).where('id', '=', id).execute());
  return { status: 204 };
}
