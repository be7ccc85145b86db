import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { WebReply, WebRequest } from './exchange.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
};
/** Addresses that the web interface routes itself. */
const appRoutes = /^\/(login|setup|people|rules|machines(\/[A-Za-z0-9_/-]*)?)?$/;
/** Vite's content-hashed names; they never change. */
const hashed = /-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const compress = promisify(gzip);

interface Entry {
  readonly file: string;
  readonly mtimeMs: number;
}

/**
 * Serves the built web interface from `root`. Request paths are only keys of a table read from the disk beforehand, so that
 * no path of a client ever reaches the file system.
 */
export function staticFiles(root: string, now: () => number): (request: WebRequest) => Promise<WebReply | null> {
  let table = new Map<string, Entry>();
  let scannedAt = Number.NEGATIVE_INFINITY;
  const bodies = new Map<string, { mtimeMs: number; plain: Buffer; gzipped: Buffer | null }>();

  async function find(path: string): Promise<Entry | undefined> {
    // A new build is found within a second; the table is small.
    if (now() - scannedAt > 1_000) {
      scannedAt = now();
      table = await scan(root);
    }
    return table.get(path);
  }

  async function load(entry: Entry) {
    const known = bodies.get(entry.file);
    if (known?.mtimeMs === entry.mtimeMs) return known;
    const plain = await readFile(entry.file);
    const loaded = { mtimeMs: entry.mtimeMs, plain, gzipped: isText(entry.file) ? await compress(plain) : null };
    bodies.set(entry.file, loaded);
    return loaded;
  }

  return async request => {
    const isApp = appRoutes.test(request.path);
    const entry = await find(isApp ? '/index.html' : request.path);
    if (!entry) return isApp ? notBuilt : null;
    const body = await load(entry);
    const useGzip = body.gzipped !== null && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    return {
      status: 200,
      headers: { ...fileHeaders(entry.file), ...(useGzip ? { 'content-encoding': 'gzip' } : {}) },
      body: useGzip && body.gzipped ? body.gzipped : body.plain,
    };
  };
}

function fileHeaders(file: string): Record<string, string> {
  return {
    'content-type': types[extname(file)] ?? 'application/octet-stream',
    'cache-control': hashed.test(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
  };
}

function isText(file: string): boolean {
  return /^(text|image\/svg|application\/(json|manifest))/.test(types[extname(file)] ?? '');
}

async function scan(root: string): Promise<Map<string, Entry>> {
  const table = new Map<string, Entry>();
  const found = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const item of found) {
    if (!item.isFile() || item.name.endsWith('.map')) continue;
    const file = join(item.parentPath ?? item.path, item.name);
    const info = await stat(file).catch(() => null);
    if (info) table.set(`/${relative(root, file).split(sep).join('/')}`, { file, mtimeMs: info.mtimeMs });
  }
  return table;
}

const notBuilt: WebReply = {
  status: 503,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  body: 'The web interface is not built. Run npm start, which builds it.',
};
