import type { Env } from './env.ts';

/** A UUID version 7 (RFC 9562, 5.7): 48 bits of `now`, 74 random bits. Names commands, presses and jogs. */
export function uuidv7(env: Pick<Env, 'now' | 'randomBytes'>): string {
  const bytes = env.randomBytes(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const at = Math.floor(env.now());
  view.setUint16(0, Math.floor(at / 2 ** 32));
  view.setUint32(2, at % 2 ** 32);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
