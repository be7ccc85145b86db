import { X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { PeerFiles } from '../config.ts';
import type { Clock } from '../system/ports.ts';
import { type PeerIdentity, readPeerIdentity, splitAddress } from '../transport/peer-identity.ts';
import { type StopTargets, serveLane } from './serve-lane.ts';

/** A renewed certificate is taken up within this; trouble is looked at more often. */
const lookEveryMs = 10_000;
const retryMs = 1_000;
const handshakeWithinMs = 5_000;
/** People are told so long before the certificate ends: after it no lane gets through. */
const warnBeforeMs = 14 * 86_400_000;

export interface StopLineOptions {
  /** `host:port` */
  readonly address: string;
  readonly files: PeerFiles;
  readonly clock: Pick<Clock, 'now' | 'setTimeout'>;
  /** What is wrong, in one sentence; null: nothing. */
  readonly trouble: (sentence: string | null) => void;
}

/**
 * Listens for the stop lanes of other computers: TLS in which both sides prove who they are. Who has no certificate of this workshop is refused
 * in the handshake. A node whose line cannot be opened lives all the same and says so: a machine without it is better held than left.
 */
export class StopLine {
  readonly #options: StopLineOptions;
  readonly #server: Server;
  readonly #open = new Set<TLSSocket>();
  #identity: PeerIdentity | null = null;
  #timer = { cancel: () => {} };
  #closed = false;

  constructor(options: StopLineOptions, targets: StopTargets) {
    this.#options = options;
    const rules = { requestCert: true, rejectUnauthorized: true, handshakeTimeout: handshakeWithinMs };
    this.#server = createServer(rules, socket => {
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      // The handshake is over: the certificate has shown who this is.
      serveLane(socket, { admits: () => socket.authorized, targets });
    });
    // What keeps it from listening is told by `#listen`.
    this.#server.on('error', () => undefined);
    void this.#look();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer.cancel();
    for (const socket of this.#open) socket.destroy();
    if (this.#server.listening) await new Promise(resolve => this.#server.close(resolve));
  }

  async #look(): Promise<void> {
    const failed = await this.#serve().catch(
      (cause: unknown) => `cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    );
    if (this.#closed) return;
    const wrong = failed ?? ending(this.#identity, this.#options.clock.now());
    this.#options.trouble(wrong === null ? null : `The line for stop lanes of other computers (${this.#options.address}) ${wrong}`);
    this.#timer = this.#options.clock.setTimeout(() => void this.#look(), failed === null ? lookEveryMs : retryMs);
  }

  /** Null when it listens with the certificate of the files. */
  async #serve(): Promise<string | null> {
    const identity = await readPeerIdentity(this.#options.files);
    if (JSON.stringify(identity) !== JSON.stringify(this.#identity)) {
      this.#server.setSecureContext(identity);
      this.#identity = identity;
    }
    if (!this.#server.listening && !this.#closed) await this.#listen();
    return null;
  }

  #listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(splitAddress(this.#options.address), () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }
}

function ending(identity: PeerIdentity | null, now: number): string | null {
  if (identity === null) return null;
  const { validTo } = new X509Certificate(identity.cert);
  if (Date.parse(validTo) - now > warnBeforeMs) return null;
  return `has a certificate that ends on ${validTo}: put a new one in its place, it is taken up by itself.`;
}
