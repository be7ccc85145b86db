import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { LanePress, NodeFrame } from '../stop/protocol.ts';
import type { EquipmentHost } from './equipment-host.ts';
import { claimEquipment } from './equipment-row.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { startEquipment } from './start-equipment.ts';

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

  async close(): Promise<void> {
    await this.#loading.catch(() => undefined);
    await Promise.all([...this.#hosts.values()].map(host => host.close()));
  }

  async #load(): Promise<void> {
    const { db, nodeId, log } = this.#services;
    for (const row of await claimEquipment(db, nodeId)) {
      if (this.#hosts.has(row.id)) continue;
      const started = await startEquipment(this.#services, this.#jobs, row);
      if (started.ok) this.#hosts.set(row.id, started.host);
      else log(started.sentence);
    }
  }
}
