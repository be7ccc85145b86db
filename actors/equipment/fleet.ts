import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { LanePress, NodeFrame } from '../stop/protocol.ts';
import type { EquipmentHost } from './equipment-host.ts';
import { claimEquipment, readEquipment } from './equipment-row.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { type Claim, type StartResult, startEquipment } from './start-equipment.ts';

/** All equipment of this node. */
export class Fleet {
  readonly #services: NodeServices;
  readonly #jobs: JobDirectory;
  readonly #hosts = new Map<string, EquipmentHost>();
  #loading: Promise<void> = Promise.resolve();

  constructor(services: NodeServices, jobs: JobDirectory) {
    this.#services = services;
    this.#jobs = jobs;
  }

  /** Starts what is in the table and not yet hosted; rejects when the database is away. */
  load(): Promise<void> {
    const loading = this.#loading.catch(() => undefined).then(() => this.#load());
    this.#loading = loading;
    return loading;
  }

  get ids(): string[] {
    return [...this.#hosts.keys()];
  }

  /** What this node owns now, with epochs. */
  get owns(): { actor: string; epoch: number }[] {
    return [...this.#hosts.values()].filter(host => host.owns).map(host => ({ actor: `equipment/${host.id}`, epoch: host.epoch }));
  }

  find(id: string): EquipmentHost | undefined {
    return this.#hosts.get(id);
  }

  /** What a program for this equipment is checked against; null when it is not here. */
  checkContext(id: string): CheckContext | null {
    return this.#hosts.get(id)?.checkContext() ?? null;
  }

  /** The stop key, for one or all: every stop byte is written before this returns. */
  press(press: LanePress, stage: (frame: NodeFrame) => void): void {
    const all = press.equipment === 'all';
    const targets = all ? [...this.#hosts.values()] : [this.#hosts.get(press.equipment)].filter(host => host !== undefined);
    for (const host of targets) host.press(press, stage);
    if (targets.length > 0) return;
    stage({ stopId: press.stopId, equipment: press.equipment, stage: 'unknown-target', ms: 0 });
  }

  /** Takes an equipment that any node could own. Rejects when the database is away. */
  async take(id: string, claim: Claim): Promise<StartResult> {
    const row = await readEquipment(this.#services.db, id);
    if (row === null) return { ok: false, sentence: `${id} was removed.` };
    const started = await startEquipment({ services: this.#services, jobs: this.#jobs }, row, claim);
    if (!started.ok) return started;
    this.#hosts.set(id, started.host);
    this.#jobs.resume(id);
    return started;
  }

  /** The lease runs out: every machine that another node could take over is held while writing is still allowed. */
  hold(): void {
    for (const host of this.#hosts.values()) host.losing();
  }

  /** Lets go of what this node no longer owns: nothing is written, the devices are free for the next owner. */
  async sweep(): Promise<void> {
    const lost = [...this.#hosts.values()].filter(host => !host.owns);
    for (const host of lost) this.#hosts.delete(host.id);
    await Promise.all(lost.map(host => this.#letGo(host)));
  }

  async close(): Promise<void> {
    await this.#loading.catch(() => undefined);
    await Promise.all([...this.#hosts.values()].map(host => host.close()));
  }

  async #letGo(host: EquipmentHost): Promise<void> {
    this.#services.log(`${host.id}: let go: ${host.lostBecause ?? 'it ended'}.`);
    await host.close();
    await this.#jobs.letGo(host.id);
  }

  async #load(): Promise<void> {
    const { db, nodeId, log } = this.#services;
    for (const row of await claimEquipment(db, nodeId)) {
      if (this.#hosts.has(row.id)) continue;
      const started = await startEquipment({ services: this.#services, jobs: this.#jobs }, row);
      if (started.ok) this.#hosts.set(row.id, started.host);
      else log(started.sentence);
    }
  }
}
