import type { z } from 'zod';
import type { ProblemDetails } from '../../gateway/contract/problem.ts';
import { problemDetailsSchema } from '../../gateway/contract/problem.ts';
import type { Env } from './env.ts';

/** Why a request failed: a problem of the API, or `unreachable` / `unreadable` made here. `detail` is a sentence for people. */
export type ApiError = Pick<ProblemDetails, 'code' | 'title' | 'detail' | 'status' | 'reasons'>;
export type ApiResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** One request. `json` or `raw` is the body; `keepalive` lets it outlive the page. */
export interface ApiRequest<S extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly answer: S;
  readonly json?: unknown;
  readonly raw?: Blob;
  readonly keepalive?: true;
  readonly signal?: AbortSignal;
}

type Sent = Omit<ApiRequest<z.ZodType>, 'answer'>;
const latin1 = new TextDecoder('latin1');

/** The REST API under /api/v1. Never throws. */
export interface Api {
  ask<S extends z.ZodType>(request: ApiRequest<S>): Promise<ApiResult<z.infer<S>>>;
  /** A stored file as text, one character per byte. */
  text(path: string): Promise<ApiResult<string>>;
}

/** What the API needs of the session: the present access token, and a fresh one after `token-expired`. */
export interface TokenSource {
  token(): string | null;
  renew(): Promise<boolean>;
}

const unreachable: ApiError = {
  code: 'unreachable',
  title: 'No answer',
  detail: 'W.I.T. cannot be reached. Check the network, then try again. Machines go on without this page.',
  status: 0,
};

const unreadable: ApiError = {
  code: 'unreadable',
  title: 'Unexpected answer',
  detail: 'The answer could not be read. Reload the page; if it stays, page and server are of different versions.',
  status: 0,
};

/** Speaks HTTP with the gateway; asks the session once for a new token when the present one ran out. */
export function createApi(env: Pick<Env, 'fetch'>, tokens: TokenSource): Api {
  const once = async (request: Sent): Promise<Response | null> => {
    try {
      return await env.fetch(`/api/v1/${request.path}`, requestInit(request, tokens.token()));
    } catch {
      return null;
    }
  };
  const send = async (request: Sent): Promise<Response | null> => {
    const response = await once(request);
    return response?.status === 401 && tokens.token() !== null && (await tokens.renew()) ? once(request) : response;
  };
  return {
    async ask(request) {
      const response = await send(request);
      return response === null ? { ok: false, error: unreachable } : read(response, request.answer);
    },
    async text(path) {
      const response = await send({ method: 'GET', path });
      if (response === null) return { ok: false, error: unreachable };
      if (!response.ok) return { ok: false, error: await problemOf(response) };
      return { ok: true, value: latin1.decode(await response.arrayBuffer()) };
    },
  };
}

function requestInit(request: Sent, token: string | null): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== null) headers.authorization = `Bearer ${token}`;
  if (request.json !== undefined) headers['content-type'] = 'application/json';
  if (request.raw !== undefined) headers['content-type'] = 'application/octet-stream';
  return {
    method: request.method,
    headers,
    credentials: 'same-origin',
    body: request.raw ?? (request.json === undefined ? null : JSON.stringify(request.json)),
    keepalive: request.keepalive ?? false,
    signal: request.signal ?? null,
  };
}

async function read<S extends z.ZodType>(response: Response, schema: S): Promise<ApiResult<z.infer<S>>> {
  if (!response.ok) return { ok: false, error: await problemOf(response) };
  const parsed = schema.safeParse(await response.json().catch(() => null));
  return parsed.success ? { ok: true, value: parsed.data } : { ok: false, error: unreadable };
}

async function problemOf(response: Response): Promise<ApiError> {
  const problem = problemDetailsSchema.safeParse(await response.json().catch(() => null));
  return problem.success ? problem.data : { ...unreadable, status: response.status };
}
