import { z } from 'zod';
import { type NodeStatus, nodeStatusSchema } from '../../actors/transport/envelopes.ts';
import { type SystemState, systemStateSchema } from '../contract/live.ts';
import { refuse } from '../http/problems.ts';
import { publicRoute, type Route, route } from '../http/route.ts';
import { openApi } from './open-api.ts';

export interface SystemRoutesOptions {
  readonly state: () => SystemState;
  /** The message server can be spoken to; what it keeps is another matter. */
  readonly reachable: () => boolean;
  readonly version: string;
  readonly clients: () => number;
  /** What each node last said it runs. */
  readonly nodes: { readonly statuses: readonly NodeStatus[]; status(id: string): NodeStatus | undefined };
  /** Every route of the API, for its documentation. */
  readonly routes: () => readonly Route[];
}

const base = '/api/v1/system';
const ok = z.strictObject({ ok: z.literal(true) });
const ready = z.strictObject({ ready: z.boolean() });
const info = z.strictObject({
  name: z.string(),
  version: z.string(),
  site: z.string(),
  clients: z.number(),
  at: z.number(),
  /** What the nodes' self-tests found off at their start. */
  selfTest: z.array(z.strictObject({ node: z.string(), code: z.string(), sentence: z.string() })),
  /** Whether messages get through and are kept, and why not. */
  messages: systemStateSchema.shape.messages,
  /** What hinders a host now. */
  impairments: systemStateSchema.shape.impairments,
});

/** `/api/v1/system/...` and `/api/v1/openapi.json` */
export function systemRoutes({ state, reachable, version, clients, nodes, routes }: SystemRoutesOptions): Route[] {
  return [
    publicRoute({
      method: 'GET',
      path: `${base}/health`,
      summary: 'This process serves.',
      answers: ok,
      handle: async () => ({ json: { ok: true } }),
    }),
    publicRoute({
      method: 'GET',
      path: `${base}/ready`,
      summary: 'Database and messages are there: 200, else 503.',
      answers: ready,
      handle: async () => {
        const all = state().database.ok && reachable();
        return { status: all ? 200 : 503, json: { ready: all } };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/info`,
      access: 'viewer',
      summary: 'What runs here.',
      answers: info,
      handle: async () => {
        const selfTest = nodes.statuses.flatMap(({ node, selfTest: found }) => found.map(one => ({ node, ...one })));
        const { site, at, messages, impairments } = state();
        return { json: { name: 'W.I.T.', version, site, clients: clients(), at, selfTest, messages, impairments } };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/nodes`,
      access: 'viewer',
      summary: 'What is there and what is away.',
      answers: systemStateSchema,
      handle: async () => ({ json: state() }),
    }),
    route({
      method: 'GET',
      path: `${base}/nodes/{id}/tree`,
      access: 'viewer',
      summary: 'What a node runs: state, restarts, why something waits and when it is tried again.',
      answers: nodeStatusSchema,
      handle: async call => {
        const status = nodes.status(call.params.id ?? '');
        return status ? { json: status } : refuse('not-found', 'No node of this name has said what it runs.');
      },
    }),
    route({
      method: 'GET',
      path: '/api/v1/openapi.json',
      access: 'viewer',
      summary: 'This API as OpenAPI 3.1, generated from the schemas that check every request.',
      handle: async () => ({ json: openApi(routes(), version) }),
    }),
  ];
}
