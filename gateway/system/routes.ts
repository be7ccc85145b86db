import { z } from 'zod';
import { type SystemState, systemStateSchema } from '../contract/live.ts';
import { publicRoute, type Route, route } from '../http/route.ts';
import { openApi } from './open-api.ts';

export interface SystemRoutesOptions {
  readonly state: () => SystemState;
  readonly version: string;
  readonly clients: () => number;
  /** Every route of the API, for its documentation. */
  readonly routes: () => readonly Route[];
}

const base = '/api/v1/system';
const ok = z.strictObject({ ok: z.literal(true) });
const ready = z.strictObject({ ready: z.boolean() });
const info = z.strictObject({ name: z.string(), version: z.string(), site: z.string(), clients: z.number(), at: z.number() });

/** `/api/v1/system/...` and `/api/v1/openapi.json` */
export function systemRoutes({ state, version, clients, routes }: SystemRoutesOptions): Route[] {
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
        const { database, messages } = state();
        const all = database.ok && messages.ok;
        return { status: all ? 200 : 503, json: { ready: all } };
      },
    }),
    route({
      method: 'GET',
      path: `${base}/info`,
      access: 'viewer',
      summary: 'What runs here.',
      answers: info,
      handle: async () => ({ json: { name: 'W.I.T.', version, site: state().site, clients: clients(), at: state().at } }),
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
      path: '/api/v1/openapi.json',
      access: 'viewer',
      summary: 'This API as OpenAPI 3.1, generated from the schemas that check every request.',
      handle: async () => ({ json: openApi(routes(), version) }),
    }),
  ];
}
