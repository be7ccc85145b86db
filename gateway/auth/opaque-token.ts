import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits, URL-safe. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What is stored of a token: SHA-256, hex. Enough for 256-bit secrets; passwords go through argon2id. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
