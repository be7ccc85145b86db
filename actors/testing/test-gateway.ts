import { randomUUID } from 'node:crypto';
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { NatsConnection } from 'nats';
import type { Caller } from '../../statecharts/caller.ts';
import type { Database } from '../storage/database.ts';
import { type Outcome, outcomeSchema } from '../transport/envelopes.ts';
import { decodeJson, encodeJson, type Messages, openMessages } from '../transport/messages.ts';
import { until } from './until.ts';

/** Plays the gateway: vouches for callers with a registered key and asks owners over NATS. */
export class TestGateway {
  readonly messages: Messages;
  readonly #kid: string;
  readonly #key: CryptoKey;

  static async start(db: Database, url: string, credsFile: string): Promise<TestGateway> {
    const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const kid = await calculateJwkThumbprint(jwk);
    await db
      .insertInto('signing_key')
      .values({ kid, purpose: 'assertion', public_jwk: JSON.stringify(jwk) })
      .execute();
    const messages = openMessages({ url, credsFile, name: 'test gateway', now: Date.now, log: () => undefined });
    await until('the gateway is connected', () => messages.state.ok);
    const gateway = new TestGateway(messages, kid, privateKey);
    gateway.#saySessions();
    return gateway;
  }

  private constructor(messages: Messages, kid: string, key: CryptoKey) {
    this.messages = messages;
    this.#kid = kid;
    this.#key = key;
  }

  /** Whoever asks here has a page open. */
  #saySessions(): void {
    this.messages.publish('wit.main.system.test-gateway.sessions', { gateway: 'test-gateway', people: ['anna'] });
    setTimeout(() => this.#saySessions(), 5_000).unref();
  }

  /** The open connection; throws while there is none. */
  get connection(): NatsConnection {
    const { connection } = this.messages;
    if (!connection) throw new Error('the message servers are away');
    return connection;
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
