import { z } from 'zod';
import { problemDetailsSchema } from '../contract/problem.ts';
import type { Route } from '../http/route.ts';

/** The routes as an OpenAPI 3.1 document; schemas are the very ones that parse. */
export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = paths[route.path] ?? {};
    paths[route.path] = { ...path, [route.method.toLowerCase()]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'W.I.T.',
      version,
      description: 'Workshop Interface Technology. Every error is an RFC 9457 problem with a stable code.',
    },
    paths,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: jsonSchema(problemDetailsSchema, 'output') },
    },
  };
}

function operation(route: Route): Record<string, unknown> {
  const names = [...route.path.matchAll(/\{(\w+)\}/g)].map(match => match[1]);
  const query = route.query ? queryParameters(route.query) : [];
  return {
    summary: route.summary,
    'x-least-role': route.access,
    security: route.access === 'public' ? [] : [{ bearer: [] }],
    parameters: [...names.map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } })), ...query],
    ...(route.body
      ? { requestBody: { required: true, content: { 'application/json': { schema: jsonSchema(route.body, 'input') } } } }
      : {}),
    ...(route.rawBody ? { requestBody: { content: { 'application/octet-stream': {} } } } : {}),
    responses: {
      '2XX': {
        description: 'Done.',
        ...(route.answers ? { content: { 'application/json': { schema: jsonSchema(route.answers, 'output') } } } : {}),
      },
      default: { description: 'Refused.', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
  };
}

function queryParameters(schema: z.ZodType): unknown[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as { properties?: Record<string, unknown>; required?: string[] };
  return Object.entries(properties).map(([name, value]) => ({ name, in: 'query', required: required.includes(name), schema: value }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return rest;
}
