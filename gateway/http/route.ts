import type { z } from 'zod';
import type { Role } from '../../statecharts/caller.ts';
import type { StreamBody, WebRequest } from './exchange.ts';
import type { Refused } from './problems.ts';

/** The logged-in person behind a request, as the session check confirmed it (role of now, not of the token). */
export interface SignedIn {
  readonly id: string;
  readonly sid: string;
  readonly name: string;
  readonly login: string;
  readonly role: Role;
}

/** `short`: the request may be a stop, and must not wait for a database that hangs. */
export type Patience = 'whole' | 'short';

/** `public`: nobody; otherwise the least role. */
export type Access = 'public' | Role;

/** A handler's success. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly stream?: StreamBody;
}

/** What a handler gets, already checked. */
export interface RouteCall<B, Q> {
  readonly request: WebRequest;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  /** Absent on public routes only. */
  readonly caller: SignedIn | null;
}

/** The same with a caller: what every route that is not public gets. */
export type SignedInCall<B, Q> = RouteCall<B, Q> & { readonly caller: SignedIn };

interface RouteBase {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `/api/v1/equipment/{id}/commands` */
  readonly path: string;
  /** One line of the API documentation. */
  readonly summary: string;
  /** Schema of the 2xx answer, for the documentation. */
  readonly answers?: z.ZodType;
  /** `raw`: the handler reads the body itself and enforces its own limit and type. */
  readonly rawBody?: true;
  /** `short`: its caller is looked up with short patience; the handler confirms whoever asks for anything but a stop. */
  readonly patience?: Patience;
}

interface RouteSchemas<B, Q> {
  readonly body?: z.ZodType<B>;
  readonly query?: z.ZodType<Q>;
}

/** A route as the router and the documentation see it. */
export interface Route extends RouteBase, RouteSchemas<unknown, unknown> {
  readonly access: Access;
  handle(call: RouteCall<unknown, unknown>): Promise<Answer | Refused>;
}

/** A route that anybody may call. */
export function publicRoute<B = undefined, Q = undefined>(
  route: RouteBase & RouteSchemas<B, Q> & { handle(call: RouteCall<B, Q>): Promise<Answer | Refused> },
): Route {
  // The router parses body and query with the very schemas that typed them.
  return { ...route, access: 'public', handle: call => route.handle(call as RouteCall<B, Q>) };
}

/** A route for logged-in people of at least one role. */
export function route<B = undefined, Q = undefined>(
  spec: RouteBase & RouteSchemas<B, Q> & { readonly access: Role; handle(call: SignedInCall<B, Q>): Promise<Answer | Refused> },
): Route {
  return {
    ...spec,
    handle: async call => {
      // Deny by default: reaching a protected handler without a caller is a bug, never a permission.
      if (!call.caller) throw new Error(`no caller on ${spec.path}`);
      return spec.handle({ ...call, caller: call.caller } as SignedInCall<B, Q>);
    },
  };
}
