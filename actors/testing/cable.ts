import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** A cable that can be cut or stall: whatever connects to its near end is passed on to its far end while it is whole. */
export class Cable {
  readonly #far: NetConnectOpts;
  /** Each socket with the one that it is passed on to. */
  readonly #open = new Map<Socket, Socket>();
  #stalled = false;
  #server: Server | null = null;

  constructor(far: NetConnectOpts) {
    this.#far = far;
  }

  get whole(): boolean {
    return this.#server !== null;
  }

  /** Makes it whole; `near` is a path or a port of the loopback address. */
  async join(near: string | number): Promise<void> {
    const server = createServer(socket => this.#pass(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      if (typeof near === 'string') server.listen(near, resolve);
      else server.listen(near, '127.0.0.1', resolve);
    });
  }

  /** Nothing gets through any more, and nobody can connect. */
  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    for (const socket of this.#open.keys()) socket.destroy();
    if (server) await new Promise(resolve => server.close(resolve));
  }

  /** Who is connected stays so, who comes can connect, and nothing gets through until `flow`: the far end hangs. */
  stall(): void {
    this.#stalled = true;
    for (const [from, to] of this.#open) from.unpipe(to).pause();
  }

  flow(): void {
    this.#stalled = false;
    for (const [from, to] of this.#open) from.pipe(to);
  }

  #pass(near: Socket): void {
    const far = connect(this.#far);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.set(from, to);
      if (!this.#stalled) from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
    }
  }
}
