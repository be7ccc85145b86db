import type { Person } from './api.ts';
import { Product } from './product.ts';
import { until } from './wait.ts';
import { programLines, type WireEntry } from './wire-log.ts';

/** How fast it moves, and how long it works: moves of 10 mm, to and fro, of 200 ms each at speed 1. */
export interface Pace {
  readonly speed: number;
  readonly moves: number;
}

/** A product whose mill is brought to work again and again, whatever happened to it before. */
export class MillAtWork {
  readonly product: Product;
  readonly mara: Person;
  readonly #program: string;

  /** The pace must be such that every fault falls into the run. */
  static async start({ speed, moves }: Pace): Promise<MillAtWork> {
    const product = await Product.start({ args: ['--demo-speed', String(speed), '--demo-log'] });
    const mara = await product.administrator();
    await mara.reaches('connection', 'online');
    await mara.must('CHECK_IN');
    return new MillAtWork(product, mara, moves);
  }

  private constructor(product: Product, mara: Person, moves: number) {
    this.product = product;
    this.mara = mara;
    const toAndFro = Array.from({ length: moves }, (_, i) => `G1 X${(i % 2) * 10} Y${(i % 20) * 2} F3000`);
    this.#program = ['G21 G90 G54', 'G0 Z5', ...toAndFro, 'M30'].join('\n');
  }

  /** Loads and starts the long program, and waits until lines flow. */
  async startJob(): Promise<{ job: string; cleaned: string[] }> {
    const { mara } = this;
    const job = await mara.prepare('long.nc', this.#program);
    const id = job.actor.replace('job/', '');
    await mara.must('LOAD_JOB', { job: id });
    await mara.call('POST', '/auth/presence', { equipment: 'mill-1' });
    await mara.must('START');
    await this.linesFlow();
    return { job: id, cleaned: this.#program.split('\n') };
  }

  async linesFlow(): Promise<void> {
    const before = programLines(this.product.wire()).length;
    await until('lines flow', () => programLines(this.product.wire()).length > before + 10);
  }

  /** What the person at the machine does from wherever the last fault left it. */
  async backToIdle(): Promise<void> {
    const { product, mara } = this;
    await until('the gateway serves', async () => (await fetch(`${product.url}/api/v1/system/health`)).ok);
    await until(
      'the machine is Idle',
      async () => {
        const { value, homed } = await mara.status();
        if (value.stopLatch === 'latched') await mara.must('RELEASE_STOP', { statement: 'I am at the machine' });
        if (value.execution === 'Aborted') await mara.must('CLEAR');
        if (value.execution === 'Complete') await mara.must('RESET');
        if (value.execution === 'Stopped') await (homed ? mara.must('RESET') : mara.home());
        return value.execution === 'Idle';
      },
      60_000,
    );
  }

  kill(name: string): number {
    const pid = this.product.pidOf(name);
    process.kill(pid, 'SIGKILL');
    return pid;
  }

  async restarted(name: string, old: number): Promise<number> {
    return until(`${name} restarted`, () => {
      const pid = this.product.endpoints().processes[name];
      return pid !== old && pid;
    });
  }

  /** The newest journal events of the mill, newest first. */
  async journal(): Promise<JournalItem[]> {
    const answer = await this.mara.call('GET', '/equipment/mill-1/events?limit=200');
    return (answer.body as unknown as { items: JournalItem[] }).items;
  }

  since(mark: number): WireEntry[] {
    return this.product.wire().slice(mark);
  }
}

interface JournalItem {
  readonly type: string;
  readonly commandId: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}
