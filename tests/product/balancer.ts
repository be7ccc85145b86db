import { connect, createServer, type Server, type Socket } from 'node:net';

/** A load balancer that knows nothing: every connection goes to the next port in turn, and past one that does not answer. */
export class Balancer {
  readonly #ports: readonly number[];
  readonly #open = new Set<Socket>();
  readonly #server: Server;
  #next = 0;

  /** `port` of the loopback address. */
  static async start(port: number, ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    await new Promise<void>((done, fail) => {
      balancer.#server.once('error', fail);
      balancer.#server.listen(port, '127.0.0.1', done);
    });
    return balancer;
  }

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer({ pauseOnConnect: true }, near => this.#pass(near, this.#ports.length));
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise(done => this.#server.close(done));
  }

  #pass(near: Socket, tries: number): void {
    const far = connect(this.#ports[this.#next++ % this.#ports.length] ?? 0, '127.0.0.1');
    const refused = () => (tries > 1 ? this.#pass(near, tries - 1) : near.destroy());
    far.once('error', refused);
    far.once('connect', () => {
      far.off('error', refused);
      this.#join(near, far);
    });
  }

  #join(near: Socket, far: Socket): void {
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#open.delete(from);
        to.destroy();
      });
    }
    near.resume();
  }
}
