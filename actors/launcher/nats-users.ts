import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { observerPermissions, type Permissions, type Role, rolePermissions, roles } from './nats-permissions.ts';
import { writeSecret } from './secrets.ts';

/** What a client logs in with; the content of a `WIT_NATS_CREDS` file. */
export const natsCredentialSchema = z.strictObject({ user: z.string(), password: z.string() });
export type NatsCredential = z.infer<typeof natsCredentialSchema>;

/** A user as the server's configuration has it. */
export interface NatsUser extends NatsCredential {
  readonly permissions: Permissions;
}

const observersSchema = z.array(natsCredentialSchema);

/** File with a role's credential, `WIT_NATS_CREDS` of that program. */
export function credentialFile(secrets: string, role: Role): string {
  return join(secrets, `nats-${role}.json`);
}

/** Makes the credentials of all roles that have none yet; existing ones stay. */
export function ensureRoleCredentials(secrets: string): void {
  mkdirSync(secrets, { recursive: true, mode: 0o700 });
  for (const role of roles) {
    const file = credentialFile(secrets, role);
    if (!existsSync(file)) writeSecret(file, JSON.stringify({ user: role, password: newPassword() }));
  }
}

/** Every user of the server: one per role and the observers. */
export function natsUsers(secrets: string, site: string): NatsUser[] {
  const own = roles.map(role => ({ ...readCredential(credentialFile(secrets, role)), permissions: rolePermissions(role, site) }));
  return [...own, ...readObservers(secrets).map(observer => ({ ...observer, permissions: observerPermissions }))];
}

/** Adds an observer, or gives one of this name a new password; the server knows it after a reload. */
export function addObserver(secrets: string, name: string): NatsCredential {
  const credential = { user: `observer-${name}`, password: newPassword() };
  const others = readObservers(secrets).filter(observer => observer.user !== credential.user);
  writeSecret(observersFile(secrets), JSON.stringify([...others, credential]));
  return credential;
}

function readCredential(file: string): NatsCredential {
  return natsCredentialSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function observersFile(secrets: string): string {
  return join(secrets, 'nats-observers.json');
}

function readObservers(secrets: string): readonly NatsCredential[] {
  const file = observersFile(secrets);
  return existsSync(file) ? observersSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : [];
}

function newPassword(): string {
  return randomBytes(24).toString('base64url');
}
