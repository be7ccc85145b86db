import { createHash, randomUUID } from 'node:crypto';
import { hasRole } from '../../statecharts/caller.ts';
import { checked, readJson } from './body.ts';
import type { WebHandler, WebReply, WebRequest } from './exchange.ts';
import type { Log } from './log.ts';
import { checkHost, isForeignPage, type OriginPolicy } from './origin.ts';
import { isRefused, problemReply, type Refused, refuse } from './problems.ts';
import type { Answer, Patience, Route, RouteCall, SignedIn } from './route.ts';
import { securityHeaders } from './security-headers.ts';

/** What the router needs from the rest of the gateway. */
export interface RouterOptions {
  readonly routes: readonly Route[];
  readonly authenticate: (request: WebRequest, patience: Patience) => Promise<SignedIn | Refused>;
  /** Files of the web interface; null when the path is none. */
  readonly page: (request: WebRequest) => Promise<WebReply | null>;
  readonly policy: () => OriginPolicy;
  readonly stopPort: () => number;
  readonly tls: boolean;
  readonly log: Log;
  /** The stable refusal for an error of a lost resource, or null for a bug. */
  readonly explainError: (error: unknown) => Refused | null;
}

/** The whole HTTP surface as one function; it never throws. */
export function router(options: RouterOptions): WebHandler {
  const table = options.routes.map(route => ({ route, parts: route.path.split('/') }));
  return async request => {
    const outcome = await answerSafely(request, { options, table });
    const reply = isRefused(outcome) ? refusedReply(request, { refused: outcome, log: options.log }) : outcome;
    const host = request.headers.host ?? 'localhost';
    const headers = securityHeaders({ host: safeHost(host), stopPort: options.stopPort(), tls: options.tls });
    return { ...reply, headers: { ...headers, ...reply.headers } };
  };
}

type Table = readonly { readonly route: Route; readonly parts: readonly string[] }[];
interface Routing {
  readonly options: RouterOptions;
  readonly table: Table;
}

/** A Host header that is not plainly a host and port never reaches a response header. */
function safeHost(host: string): string {
  return /^[a-z0-9.[\]:-]{1,255}$/i.test(host) ? host : 'localhost';
}

function refusedReply(request: WebRequest, { refused, log }: { refused: Refused; log: Log }): WebReply {
  const instance = `urn:uuid:${randomUUID()}`;
  if (refused.cause !== undefined || refused.refused === 'internal') {
    log('warn', 'request refused', { instance, method: request.method, path: request.path, code: refused.refused, cause: refused.cause });
  }
  return problemReply(refused, instance);
}

async function answerSafely(request: WebRequest, routing: Routing): Promise<WebReply | Refused> {
  try {
    return await answer(request, routing);
  } catch (error) {
    const known = routing.options.explainError(error);
    return known
      ? { ...known, cause: error }
      : refuse('internal', 'Something broke here. The log has it under this instance.', { cause: error });
  }
}

async function answer(request: WebRequest, { options, table }: Routing): Promise<WebReply | Refused> {
  const foreign = checkHost(request, options.policy());
  if (foreign) return foreign;
  if (!request.path.startsWith('/api/')) return answerPage(request, options);
  const match = findRoute(table, request);
  if (isRefused(match)) return match;
  if (request.method !== 'GET' && request.method !== 'HEAD' && isForeignPage(request, options.policy())) {
    return refuse('wrong-origin', 'This request comes from a page of another site.');
  }
  const call = await prepare(match, { request, options });
  if (isRefused(call)) return call;
  const result = await match.route.handle(call);
  return isRefused(result) ? result : toReply(request, result);
}

async function answerPage(request: WebRequest, options: RouterOptions): Promise<WebReply | Refused> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse('method-not-allowed', 'Only GET is served here.');
  return (await options.page(request)) ?? refuse('not-found', 'There is nothing at this address.');
}

interface Match {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

function findRoute(table: Table, request: WebRequest): Match | Refused {
  const parts = request.path.split('/');
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const fitting = table.flatMap(({ route, parts: pattern }) => {
    const params = matchParts(pattern, parts);
    return params ? [{ route, params }] : [];
  });
  const found = fitting.find(({ route }) => route.method === method);
  if (found) return found;
  if (fitting.length === 0) return refuse('not-found', 'There is no such resource. See openapi.json.');
  const allow = fitting.map(({ route }) => route.method).join(', ');
  return refuse('method-not-allowed', `Allowed here: ${allow}.`, { headers: { allow } });
}

/** Path parameters are ids: anything else (encoded slashes, dots, NUL) matches nothing. */
function matchParts(pattern: readonly string[], parts: readonly string[]): Record<string, string> | null {
  if (pattern.length !== parts.length) return null;
  const params: Record<string, string> = {};
  for (const [i, expected] of pattern.entries()) {
    const part = parts[i] ?? '';
    if (!expected.startsWith('{')) {
      if (expected !== part) return null;
    } else if (/^[A-Za-z0-9_-]{1,80}$/.test(part)) params[expected.slice(1, -1)] = part;
    else return null;
  }
  return params;
}

async function prepare(
  { route, params }: Match,
  { request, options }: { request: WebRequest; options: RouterOptions },
): Promise<RouteCall<unknown, unknown> | Refused> {
  const caller = await findCaller(route, { request, options });
  if (isRefused(caller)) return caller;
  const query = route.query ? checked(route.query, Object.fromEntries(new URLSearchParams(request.query))) : { value: undefined };
  if (isRefused(query)) return query;
  const body = route.body ? await readJson(request, route.body) : { value: undefined };
  if (isRefused(body)) return body;
  return { request, params, caller, query: query.value, body: body.value };
}

async function findCaller(
  route: Route,
  { request, options }: { request: WebRequest; options: RouterOptions },
): Promise<SignedIn | null | Refused> {
  if (route.access === 'public') return null;
  const caller = await options.authenticate(request, route.patience ?? 'whole');
  if (isRefused(caller)) return caller;
  if (hasRole(caller, route.access)) return caller;
  return refuse('forbidden', `This needs the role ${route.access}; you are ${caller.role}.`);
}

function toReply(request: WebRequest, answer: Answer): WebReply {
  if (answer.stream)
    return { status: answer.status ?? 200, headers: { 'cache-control': 'no-store', ...answer.headers }, body: answer.stream };
  if (answer.json === undefined)
    return { status: answer.status ?? 204, headers: { 'cache-control': 'no-store', ...answer.headers }, body: null };
  const body = JSON.stringify(answer.json);
  const headers = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', ...answer.headers };
  if (request.method !== 'GET') return { status: answer.status ?? 200, headers, body };
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  if (request.headers['if-none-match'] === etag) return { status: 304, headers: { ...headers, etag }, body: null };
  return { status: answer.status ?? 200, headers: { ...headers, 'cache-control': 'private, no-cache', etag }, body };
}
