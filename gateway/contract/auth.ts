import { z } from 'zod';
import { roleSchema } from '../../statecharts/caller.ts';
import { qualificationSchema } from '../../statecharts/site/fact.ts';

/** NIST 800-63B: length only, no composition rules. */
const passwordSchema = z.string().min(8).max(128);
const loginSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9._@-]{1,60}$/);

/** POST auth/setup: the first administrator, with the single-use token of the printed link. */
export const setupRequest = z.strictObject({
  token: z.string().max(200),
  login: loginSchema,
  name: z.string().trim().min(1).max(80),
  password: passwordSchema,
});
/** POST auth/login */
export const loginRequest = z.strictObject({ login: loginSchema, password: z.string().max(128) });
/** POST auth/presence: "I am at this machine", 15 minutes; null: "I am in the workshop", one hour. */
export const presenceRequest = z.strictObject({
  equipment: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/)
    .nullable(),
});
/** POST auth/people (administrator) */
export const addPersonRequest = z.strictObject({
  login: loginSchema,
  name: z.string().trim().min(1).max(80),
  password: passwordSchema,
  role: roleSchema,
});

/** `me`: who the caller is. Presence: equipment id -> ms since 1970 until. */
export const meSchema = z.strictObject({
  id: z.string(),
  sid: z.string(),
  name: z.string(),
  login: z.string(),
  role: roleSchema,
  presence: z.record(z.string(), z.number()),
  /** Until when they stated to be in the workshop, ms since 1970. */
  inWorkshop: z.number().optional(),
  /** What they are trained for; absent: it could not be read. */
  qualifications: z.array(qualificationSchema).optional(),
});
export type Me = z.infer<typeof meSchema>;

/** Answer of setup, login and refresh; the refresh token itself travels only in the HttpOnly cookie. */
export const sessionResponse = z.strictObject({
  accessToken: z.string(),
  /** ms since 1970 */
  expiresAt: z.number(),
  /** EdDSA JWS, scope stop, 24 h: opens the stop lane. */
  stopPass: z.string(),
  /** ws(s) URL of the stop lane; host as seen by the browser when empty. */
  stopPort: z.number(),
  me: meSchema,
});
export type SessionResponse = z.infer<typeof sessionResponse>;

/** GET auth/setup: may the set-up page be shown? */
export const setupState = z.strictObject({ needed: z.boolean() });
/** POST auth/ws-ticket: single use, 30 s, sent as the second Sec-WebSocket-Protocol after `wit.v1`. */
export const ticketResponse = z.strictObject({ ticket: z.string() });

/** Answer of POST auth/people. */
export const personSchema = z.strictObject({
  id: z.string(),
  login: z.string(),
  name: z.string(),
  role: roleSchema,
  disabled: z.boolean(),
});
/** GET auth/people */
export const peopleList = z.strictObject({ items: z.array(personSchema) });
