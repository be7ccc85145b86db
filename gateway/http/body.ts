import type { z } from 'zod';
import { BodyAborted, type WebRequest } from './exchange.ts';
import { type Refused, refuse } from './problems.ts';

/** Largest JSON body. */
const jsonLimit = 65_536;

/** The JSON body, parsed and checked; every failure is a refusal with a stable code. */
export async function readJson<T>(request: WebRequest, schema: z.ZodType<T>): Promise<{ value: T } | Refused> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return refuse('unsupported-media-type', 'Send JSON with content-type application/json.');
  }
  const text = await readText(request);
  if (typeof text !== 'string') return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('malformed-json', 'The body is not JSON.');
  }
  return checked(schema, value);
}

async function readText(request: WebRequest): Promise<string | Refused> {
  const tooLarge = refuse('too-large', `The body may have at most ${jsonLimit / 1024} KiB.`);
  if (Number(request.headers['content-length'] ?? 0) > jsonLimit) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of request.body) {
      size += chunk.byteLength;
      if (size > jsonLimit) return tooLarge;
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof BodyAborted) return refuse('invalid', 'The request ended early.');
    throw error;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A value against a schema; the detail names the first field that is wrong, never echoes its content. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): { value: T } | Refused {
  const parsed = schema.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  const issue = parsed.error.issues[0];
  const where = issue && issue.path.length > 0 ? issue.path.map(String).join('.').slice(0, 80) : 'the request';
  if (issue?.code === 'unrecognized_keys') {
    return refuse('unknown-field', `Unknown field in ${where}. Known fields are in openapi.json.`);
  }
  return refuse('invalid', `${where}: ${issue?.message ?? 'not valid'}.`);
}
