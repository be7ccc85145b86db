import { realpathSync, writeSync } from 'node:fs';
import { SerialPort } from 'serialport';
import type { DriverClock, Fence, Link, LinkListener } from '../driver.ts';
import { type PortLock, portLockDirectory, takePortLock } from './port-lock.ts';

export interface SerialLinkOptions {
  /** A stable name such as /dev/serial/by-id/...; resolved anew at every open. */
  readonly path: string;
  readonly baudRate: number;
  readonly fence: Fence;
  readonly clock: DriverClock;
  /** 0 (inclusive) to 1, for the jitter of reconnects. */
  readonly random: () => number;
  readonly lockDirectory?: string;
}

/** How long a write that the operating system did not take waits for the next try, ms. */
const retryMs = 2;
const firstReopenMs = 200;
const longestReopenMs = 5000;

/** Opens a serial port and keeps it open until closed; trouble is `listener.lost(reason)`, said once for each new reason. Never throws. */
export function openSerialLink(options: SerialLinkOptions, listener: LinkListener): Link {
  return new SerialLink(options, listener);
}

interface OpenPort {
  readonly port: SerialPort;
  readonly lock: PortLock;
}

class SerialLink implements Link {
  readonly #options: SerialLinkOptions;
  readonly #listener: LinkListener;
  #open: OpenPort | null = null;
  #queue: Uint8Array[] = [];
  #closed = false;
  #attempt = 0;
  #lastReason = '';
  #timer: { cancel(): void } | null = null;
  #closing: Promise<void> = Promise.resolve();

  constructor(options: SerialLinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    this.#timer = options.clock.setTimeout(() => this.#connect(), 0);
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#mayWrite()) return false;
    if (this.#queue.length > 0) this.#queue.push(bytes);
    else this.#put(bytes);
    return this.#open !== null;
  }

  urgent(bytes: Uint8Array): boolean {
    if (!this.#mayWrite()) return false;
    const waiting = this.#queue;
    this.#queue = [];
    this.#put(bytes);
    const taken = this.#queue.length === 0;
    if (this.#open) this.#queue.push(...waiting);
    return taken && this.#open !== null;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#release();
    await this.#closing;
  }

  /** The fence is asked right before every write; a lost lease drops what still waits. */
  #mayWrite(): boolean {
    if (this.#open && this.#options.fence.valid()) return true;
    this.#queue = [];
    return false;
  }

  #put(bytes: Uint8Array): void {
    const taken = this.#hand(bytes);
    if (taken === bytes.length || !this.#open) return;
    if (this.#queue.length === 0) this.#options.clock.setTimeout(() => this.#drain(), retryMs);
    this.#queue.unshift(bytes.subarray(taken));
  }

  #drain(): void {
    if (!this.#mayWrite()) return;
    const waiting = this.#queue;
    this.#queue = [];
    while (waiting.length > 0 && this.#queue.length === 0 && this.#open) this.#put(waiting.shift() ?? new Uint8Array());
    if (this.#open) this.#queue.push(...waiting);
  }

  /**
   * Hands bytes to the operating system and returns how many it took. Not through the library's stream, which writes from a
   * thread pool some time later: the stop byte must have left this process when `urgent` returns.
   */
  #hand(bytes: Uint8Array): number {
    const port = this.#open?.port;
    if (!port) return 0;
    const fd = descriptorOf(port);
    if (fd === null) {
      port.write(Buffer.from(bytes));
      return bytes.length;
    }
    try {
      return writeSync(fd, bytes);
    } catch (cause) {
      if (isBusy(cause)) return 0;
      this.#lose(`The port cannot be written: ${messageOf(cause)}.`);
      return 0;
    }
  }

  #connect(): void {
    const path = resolvePort(this.#options.path);
    if (path === null) {
      this.#failed(`There is no port ${this.#options.path}.`);
      return;
    }
    const locked = takePortLock(path, this.#options.lockDirectory ?? portLockDirectory);
    if (locked.ok) this.#openPort(path, locked.lock);
    else this.#failed(locked.sentence);
  }

  #openPort(path: string, lock: PortLock): void {
    // hupcl off: dropping DTR on close resets an Arduino-class board on the next open. DTR and RTS are left as they are; a
    // pseudo-terminal has none and answers an error to whoever sets them.
    const port = new SerialPort({ path, baudRate: this.#options.baudRate, autoOpen: false, lock: true, hupcl: false });
    // Without an error listener an unplugged cable would end the whole process.
    port.on('error', cause => this.#portLost(port, messageOf(cause)));
    port.on('close', (cause: unknown) => this.#portLost(port, cause ? messageOf(cause) : 'closed'));
    port.open(cause => {
      if (cause) {
        lock.release();
        this.#failed(`${this.#options.path} cannot be opened: ${cause.message}.`);
        return;
      }
      // What an earlier life left in the terminal's buffers are answers to nobody and states of long ago.
      port.flush(() => this.#opened({ port, lock }));
    });
  }

  #opened(open: OpenPort): void {
    if (this.#closed || !open.lock.held()) {
      this.#shut(open);
      if (!this.#closed) this.#failed(`${this.#options.path} was taken by another process.`);
      return;
    }
    this.#open = open;
    this.#attempt = 0;
    this.#lastReason = '';
    open.port.on('data', (bytes: Buffer) => {
      if (this.#open === open) this.#listener.data(bytes);
    });
    this.#listener.opened();
  }

  #portLost(port: SerialPort, reason: string): void {
    if (this.#open?.port === port) this.#lose(`The connection broke: ${reason}.`);
  }

  #lose(reason: string): void {
    if (!this.#open) return;
    this.#release();
    this.#failed(reason);
  }

  #failed(reason: string): void {
    if (this.#closed) return;
    if (reason !== this.#lastReason) this.#listener.lost(reason);
    this.#lastReason = reason;
    const delay = Math.min(longestReopenMs, firstReopenMs * 2 ** this.#attempt++) * (0.5 + this.#options.random() / 2);
    this.#timer = this.#options.clock.setTimeout(() => this.#connect(), delay);
  }

  #release(): void {
    if (this.#open) this.#shut(this.#open);
    this.#open = null;
    this.#queue = [];
  }

  #shut(open: OpenPort): void {
    this.#closing = new Promise(done => {
      const finish = () => {
        open.lock.release();
        done();
      };
      if (open.port.isOpen) open.port.close(finish);
      else finish();
    });
  }
}

/** The port behind a stable name, or null when it is not there now. */
function resolvePort(path: string): string | null {
  if (process.platform === 'win32') return path;
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

/** The port's file descriptor where the platform has one (Linux, macOS). */
function descriptorOf(port: SerialPort): number | null {
  const binding: unknown = port.port;
  if (typeof binding !== 'object' || binding === null || !('fd' in binding)) return null;
  return typeof binding.fd === 'number' ? binding.fd : null;
}

function isBusy(cause: unknown): boolean {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return code === 'EAGAIN' || code === 'EWOULDBLOCK' || code === 'EINTR';
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
