import { randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { connect, type NatsConnection } from 'nats';
import type { Caller } from '../../statecharts/caller.ts';
import type { Database } from '../storage/database.ts';
import { type Outcome, outcomeSchema } from '../transport/envelopes.ts';
import { inboxPrefix } from '../transport/inbox.ts';
import { decodeJson, encodeJson } from '../transport/messages.ts';

/** Plays the gateway: vouches for callers with a registered key and asks owners over NATS. */
export class TestGateway {
  readonly connection: NatsConnection;
  readonly #kid: string;
  readonly #key: CryptoKey;

  static async start(db: Database, url: string, credential: { user: string; password: string }): Promise<TestGateway> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    await db
      .insertInto('signing_key')
      .values({ kid, purpose: 'assertion', public_jwk: JSON.stringify(jwk) })
      .execute();
    const { user, password } = credential;
    const forEver = { maxReconnectAttempts: -1, reconnectTimeWait: 100, pingInterval: 1_000, maxPingOut: 2, timeout: 2_000 };
    const connection = await connect({
      servers: url.split(','),
      name: 'test gateway',
      user,
      pass: password,
      inboxPrefix: inboxPrefix(user),
      ...forEver,
    });
    return new TestGateway(connection, kid, privateKey);
  }

  private constructor(connection: NatsConnection, kid: string, key: CryptoKey) {
    this.connection = connection;
    this.#kid = kid;
    this.#key = key;
  }

  assertion(actor: string, commandId: string, caller: Caller): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ aud: actor, jti: commandId, sub: caller.id, iss: 'wit/main', iat: now, exp: now + 10, caller })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'wit-assertion+jwt', kid: this.#kid })
      .sign(this.#key);
  }

  /** Sends a command to `equipment/<id>`; `more` replaces parts of the envelope. */
  async command(equipment: string, command: string, args: object = {}, more: Record<string, unknown> = {}): Promise<Outcome> {
    const id = typeof more.id === 'string' ? more.id : randomUUID();
    const assertion = await this.assertion(`equipment/${equipment}`, id, anna(equipment));
    const body = { id, command, args, ttlMs: 3_000, assertion, correlationId: randomUUID(), ...more };
    return this.ask(`wit.main.equipment.${equipment}.command.${command}`, body);
  }

  async ask(subject: string, body: unknown): Promise<Outcome> {
    const answer = await this.connection.request(subject, encodeJson(body), { timeout: 5_000 });
    return outcomeSchema.parse(decodeJson(answer.data));
  }
}

/** A maintainer at the machine. */
export function anna(equipment: string): Caller {
  return {
    kind: 'user',
    id: 'anna',
    name: 'Anna',
    role: 'maintainer',
    sid: 's1',
    presence: { equipment, until: Date.now() + 600_000 },
  };
}
