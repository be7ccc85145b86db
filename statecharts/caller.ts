import { z } from 'zod';
import { qualificationSchema } from './site/fact.ts';

/** The roles, weakest first; each includes those before it. */
export const roles = ['viewer', 'operator', 'maintainer', 'administrator'] as const;
export const roleSchema = z.enum(roles);
export type Role = (typeof roles)[number];

/** Who asks for a command, as the owner verified it from the gateway's assertion. */
export const callerSchema = z.strictObject({
  /** `host` is somebody with a shell on the machine that runs the node (npm run stop); `system` is W.I.T. itself. */
  kind: z.enum(['user', 'ai', 'host', 'system']),
  id: z.string().min(1).max(80),
  name: z.string().max(120),
  role: roleSchema,
  onBehalfOf: z.string().max(80).optional(),
  sid: z.string().max(80).optional(),
  /** The person stated to be at this equipment; `until` in ms since 1970. */
  presence: z.strictObject({ equipment: z.string(), until: z.number() }).optional(),
  /** What the person is trained for, as the owner reads it; absent: it could not be read. */
  qualifications: z.array(qualificationSchema).optional(),
});
export type Caller = z.infer<typeof callerSchema>;

/** True when the caller has the role or a stronger one. */
export function hasRole(caller: Pick<Caller, 'role'>, needed: Role): boolean {
  return roles.indexOf(caller.role) >= roles.indexOf(needed);
}
