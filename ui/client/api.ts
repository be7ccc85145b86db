import type { z } from 'zod';
import type { ProblemDetails } from '../../gateway/contract/problem.ts';
import { problemDetailsSchema } from '../../gateway/contract/problem.ts';
import type { Env } from './env.ts';

/** Why a request failed: a problem of the API, or `unreachable` / `unreadable` made here. `detail` is a sentence for people. */
export type ApiError = Pick<ProblemDetails, 'code' | 'title' | 'detail' | 'status' | 'reasons'>;
export type ApiResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ApiError };

/** One request. `json` or `raw` is the body; `keepalive` lets it outlive the page. */
export interface ApiRequest<S extends z.ZodType> {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly answer: S;
  readonly json?: unknown;
  readonly raw?: Blob;
  readonly keepalive?: true;
}

/** The REST API under /api/v1. Never throws. */
export interface Api {
  ask<S extends z.ZodType>(request: ApiRequest<S>): Promise<ApiResult<z.infer<S>>>;
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
  const send = async (request: ApiRequest<z.ZodType>): Promise<Response | null> => {
    try {
      return await env.fetch(`/api/v1/${request.path}`, requestInit(request, tokens.token()));
    } catch {
      return null;
    }
  };
  return {
    async ask(request) {
      let response = await send(request);
      if (response?.status === 401 && tokens.token() !== null && (await tokens.renew())) response = await send(request);
      return response === null ? { ok: false, error: unreachable } : read(response, request.answer);
    },
  };
}

function requestInit(request: ApiRequest<z.ZodType>, token: string | null): RequestInit {
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
  };
}

async function read<S extends z.ZodType>(response: Response, schema: S): Promise<ApiResult<z.infer<S>>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) {
    const parsed = schema.safeParse(body);
    return parsed.success ? { ok: true, value: parsed.data } : { ok: false, error: unreadable };
  }
  const problem = problemDetailsSchema.safeParse(body);
  return { ok: false, error: problem.success ? problem.data : { ...unreadable, status: response.status } };
}
