import { readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { PeerFiles } from '../../actors/config.ts';
import type { LaneHello } from '../../actors/stop/protocol.ts';
import { readPeerIdentity, splitAddress } from '../../actors/transport/peer-identity.ts';

/** A connection in the making. */
export interface Dialled {
  readonly socket: Socket;
  /** The event after which the other side is known and may be spoken to. */
  readonly opens: 'connect' | 'secureConnect';
  readonly hello: LaneHello;
}

/** One way to a node. Secrets and certificates are read at each try: they may have been made a moment ago. Rejects while that fails. */
export interface Dial {
  readonly name: string;
  /** Pause between two tries, ms. */
  readonly retryMs: number;
  connect(): Promise<Dialled>;
}

/** The Unix socket of a node with this data directory. */
export function dialHere(node: string, path: string, secretFile: string): Dial {
  return {
    name: node,
    retryMs: 150,
    connect: async () => {
      const secret = (await readFile(secretFile, 'utf8')).trim();
      return { socket: connect(path), opens: 'connect', hello: { hello: 'stop-lane', secret } };
    },
  };
}

/** A node of another computer: its certificate must be of this workshop and of the host that is dialled, ours is shown to it. */
export function dialFar(node: string, address: string, files: PeerFiles): Dial {
  return {
    name: `${node} (${address})`,
    retryMs: 500,
    connect: async () => {
      const identity = await readPeerIdentity(files);
      const socket = connectTls({ ...splitAddress(address), ...identity });
      return { socket, opens: 'secureConnect', hello: { hello: 'stop-lane' } };
    },
  };
}
