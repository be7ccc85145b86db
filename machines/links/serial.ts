import { realpathSync, writeSync } from 'node:fs';
import { SerialPort } from 'serialport';
import type { DriverClock, Fence, Link, LinkListener } from '../driver.ts';
import type { OpeningBudget } from './opening-budget.ts';
import { isBusy, OutQueue, retryMs } from './out-queue.ts';
import { type PortLock, portLockDirectory, takePortLock } from './port-lock.ts';
import { Reopening } from './reopening.ts';

export interface SerialLinkOptions {
  /** A stable name such as /dev/serial/by-id/...; resolved anew at every open. */
  readonly path: string;
  readonly baudRate: number;
  readonly fence: Fence;
  readonly clock: DriverClock;
  /** 0 (inclusive) to 1, for the jitter of reconnects. */
  readonly random: () => number;
  readonly lockDirectory?: string;
  /** Without one it is opened as often as there is reason to. */
  readonly budget?: OpeningBudget;
}

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
  readonly #reopening: Reopening;
  readonly #out: OutQueue;
  #open: OpenPort | null = null;
  /** Until the port that is being opened is ours, or is not opened. */
  #opening: Promise<void> = Promise.resolve();
  #closing: Promise<void> = Promise.resolve();

  constructor(options: SerialLinkOptions, listener: LinkListener) {
    this.#options = options;
    this.#listener = listener;
    const { clock, random, fence } = options;
    this.#out = new OutQueue({
      isOpen: () => this.#open !== null,
      mayWrite: () => fence.valid(),
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

  /** A cable carries nothing late, and opening a port anew may reset the board: a silent device is left as it is. */
  giveUp(): void {}

  async close(): Promise<void> {
    this.#reopening.close();
    this.#release();
    // An opening under way cannot be called back: until it has ended, and what it opened is shut again, nobody else can have the port.
    await this.#opening;
    await this.#closing;
  }

  /** Hands bytes to the operating system and returns how many it took. Not through the library's stream, which writes from a thread pool. */
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
      this.#reopening.failed(`There is no port ${this.#options.path}.`);
      return;
    }
    if (this.#options.budget?.allows === false) {
      this.#reopening.failed(
        `${this.#options.path} was opened too often: it is opened once in five seconds until it stays open for a minute.`,
      );
      return;
    }
    const locked = takePortLock(path, this.#options.lockDirectory ?? portLockDirectory);
    if (locked.ok) this.#openPort(path, locked.lock);
    else this.#reopening.failed(locked.sentence);
  }

  #openPort(path: string, lock: PortLock): void {
    this.#options.budget?.spend();
    // hupcl off: dropping DTR on close resets an Arduino-class board on the next open. DTR and RTS are left as they are; a
    // pseudo-terminal has none and answers an error to whoever sets them.
    const port = new SerialPort({ path, baudRate: this.#options.baudRate, autoOpen: false, lock: true, hupcl: false });
    // Without an error listener an unplugged cable would end the whole process.
    port.on('error', cause => this.#portLost(port, messageOf(cause)));
    port.on('close', (cause: unknown) => this.#portLost(port, cause ? messageOf(cause) : 'closed'));
    this.#opening = new Promise(done => {
      port.open(cause => {
        if (cause) {
          lock.release();
          this.#reopening.failed(`${this.#options.path} cannot be opened: ${cause.message}.`);
          done();
          return;
        }
        // What an earlier life left in the terminal's buffers are answers to nobody and states of long ago.
        port.flush(() => {
          this.#opened({ port, lock });
          done();
        });
      });
    });
  }

  #opened(open: OpenPort): void {
    if (this.#reopening.closed || !open.lock.held()) {
      this.#shut(open);
      this.#reopening.failed(`${this.#options.path} was taken by another process.`);
      return;
    }
    this.#open = open;
    this.#reopening.opened();
    this.#reopening.proven();
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
    this.#reopening.failed(reason);
  }

  #release(): void {
    if (this.#open) this.#shut(this.#open);
    this.#open = null;
    this.#out.clear();
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

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
