import { writeSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { DriverClock, Fence, Link, LinkListener } from '../driver.ts';
import { isBusy, OutQueue, retryMs } from './out-queue.ts';
import { Reopening } from './reopening.ts';

export interface TcpLinkOptions {
  /** Name or address; looked up anew at every connection. */
  readonly host: string;
  readonly port: number;
  readonly fence: Fence;
  readonly clock: DriverClock;
  /** 0 (inclusive) to 1, for the jitter of reconnects. */
  readonly random: () => number;
  /** A connection that is not made by now is given up, ms. */
  readonly connectTimeoutMs?: number;
}

const defaultConnectTimeoutMs = 3000;
/** A connection that carries nothing is probed after this long, ms. */
const keepAliveMs = 5000;
/** A device that does not end its side is left after this, ms. */
const closingMs = 300;
const noRight = 'The connection was given up: this node has no right to write to the machine.';

/**
 * Connects to a device on the network and keeps the connection until closed; trouble is `listener.lost(reason)`, said once for each
 * new reason. Never throws.
 *
 * There is no lock of a TCP port: a device may serve several clients (FluidNC), and the kernel of a stopped process keeps its
 * connection. Exclusivity comes from the fence alone, that is from the epoch. Hence:
 * - without the right to write nothing is connected, and an open connection is reset at the first write that is refused. That frees
 *   the only place of a device that serves one client (grblHAL), and the kernel forgets bytes it has not delivered yet;
 * - a half-open connection shows as silence, which the driver notices, because it asks all the time: `giveUp` then resets it.
 *   Otherwise the kernel would deliver old lines when the cable is plugged in again, minutes later.
 * What the kernel has and a peer still accepts while this process is stopped cannot be recalled: at most the device's line buffer.
 */
export function openTcpLink(options: TcpLinkOptions, listener: LinkListener): Link {
  return new TcpLink(options, listener);
}

class TcpLink implements Link {
  readonly #options: TcpLinkOptions;
  readonly #listener: LinkListener;
  readonly #reopening: Reopening;
  readonly #out: OutQueue;
  #socket: Socket | null = null;
  #isOpen = false;
  #limit: { cancel(): void } | null = null;

  constructor(options: TcpLinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    const { clock, random } = options;
    this.#out = new OutQueue({
      isOpen: () => this.#isOpen,
      mayWrite: () => this.#mayWrite(),
      hand: bytes => this.#hand(bytes),
      later: run => void clock.setTimeout(run, retryMs),
    });
    this.#reopening = new Reopening({ clock, random, connect: () => this.#connect(), lost: reason => listener.lost(reason) });
  }

  write(bytes: Uint8Array): boolean {
    return this.#out.write(bytes);
  }

  urgent(bytes: Uint8Array): boolean {
    return this.#out.urgent(bytes);
  }

  giveUp(reason: string): void {
    if (this.#isOpen) this.#lose(reason);
  }

  async close(): Promise<void> {
    this.#reopening.close();
    const socket = this.#release();
    if (!socket || socket.closed) return;
    const closed = new Promise<void>(done => socket.once('close', () => done()));
    if (socket.connecting) socket.destroy();
    else socket.end();
    // Ended and read on: closing over unread answers resets the connection, and a reset may overtake the stop byte just written.
    const limit = this.#options.clock.setTimeout(() => socket.destroy(), closingMs);
    await closed;
    limit.cancel();
  }

  #mayWrite(): boolean {
    if (this.#options.fence.valid()) return true;
    this.#lose(noRight);
    return false;
  }

  /** Hands bytes to the operating system and returns how many it took; without Nagle's delay it sends them at once. */
  #hand(bytes: Uint8Array): number {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return 0;
    const fd = descriptorOf(socket);
    if (fd === null) {
      socket.write(bytes);
      return bytes.length;
    }
    try {
      return writeSync(fd, bytes);
    } catch (cause) {
      if (!isBusy(cause)) this.#lose(`The connection broke: ${messageOf(cause)}.`);
      return 0;
    }
  }

  #connect(): void {
    const { host, port, clock, fence, connectTimeoutMs = defaultConnectTimeoutMs } = this.#options;
    if (!fence.valid()) {
      this.#reopening.failed(noRight);
      return;
    }
    const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs });
    this.#socket = socket;
    this.#limit = clock.setTimeout(() => this.#ended(socket, `no answer within ${connectTimeoutMs} ms`), connectTimeoutMs);
    socket.once('connect', () => this.#opened(socket));
    socket.on('data', (bytes: Buffer) => this.#arrived(socket, bytes));
    socket.once('end', () => this.#ended(socket, 'the device closed it'));
    // Without an error listener an unreachable device would end the whole process.
    socket.on('error', cause => this.#ended(socket, messageOf(cause)));
    socket.once('close', () => this.#ended(socket, 'closed'));
  }

  #opened(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#limit?.cancel();
    this.#isOpen = true;
    this.#reopening.opened();
    this.#listener.opened();
  }

  /** Only what a device says proves a connection: one that serves somebody else takes it and closes it again. */
  #arrived(socket: Socket, bytes: Uint8Array): void {
    if (socket !== this.#socket) return;
    this.#reopening.proven();
    this.#listener.data(bytes);
  }

  #ended(socket: Socket, reason: string): void {
    if (socket !== this.#socket) return;
    const { host, port } = this.#options;
    const sentence = this.#isOpen ? `The connection broke: ${reason}.` : `${host} port ${port} cannot be reached: ${reason}.`;
    this.#release()?.destroy();
    this.#reopening.failed(sentence);
  }

  /** Throws the connection away with everything in it. Told a moment later: the driver is in the middle of a write. */
  #lose(reason: string): void {
    this.#release()?.resetAndDestroy();
    this.#options.clock.setTimeout(() => this.#reopening.failed(reason), 0);
  }

  #release(): Socket | null {
    const socket = this.#socket;
    this.#limit?.cancel();
    this.#socket = null;
    this.#isOpen = false;
    this.#out.clear();
    return socket;
  }
}

/** The connection's file descriptor where the platform has one (Linux, macOS). */
function descriptorOf(socket: Socket): number | null {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return null;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : null;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
}
