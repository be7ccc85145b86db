import type { Socket } from 'node:net';

/** What happens to the bytes of one client. */
export interface ClientListener {
  /** A whole request: its header and what follows. */
  request(frame: Buffer, client: Client): void;
  /** It left; what it had begun to say. */
  left(rest: Buffer, why: string): void;
}

/** One client of the simulated relay; frames after MODBUS Messaging on TCP/IP V1.0b, section 3.1. */
export class Client {
  readonly peer: number;
  readonly #socket: Socket;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, listener: ClientListener) {
    this.#socket = socket;
    this.peer = socket.remotePort ?? 0;
    let why = 'closed';
    socket.on('data', bytes => this.#arrived(bytes, listener));
    socket.on('error', cause => {
      why = cause.message;
    });
    socket.once('close', () => listener.left(this.#rest, why));
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  /** Breaks the connection. A socket that has said goodbye cannot be reset any more. */
  cut(): void {
    if (this.#socket.writableEnded) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  #arrived(bytes: Buffer, listener: ClientListener): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    while (this.#rest.length >= 7) {
      const length = this.#rest.readUInt16BE(4);
      if (this.#rest.readUInt16BE(2) !== 0 || length < 2 || length > 254) {
        this.cut();
        return;
      }
      if (this.#rest.length < 6 + length) return;
      const frame = this.#rest.subarray(0, 6 + length);
      this.#rest = this.#rest.subarray(6 + length);
      listener.request(frame, this);
    }
  }
}
