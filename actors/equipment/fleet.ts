import type { CheckContext } from '../../machines/gcode/dialect.ts';
import type { LanePress, NodeFrame } from '../stop/protocol.ts';
import type { SupervisorSpec } from '../supervision/decide-exit.ts';
import { NodeStatusPublisher } from '../supervision/node-status.ts';
import { type Started, Supervisor } from '../supervision/supervisor.ts';
import type { NodeStatus } from '../transport/envelopes.ts';
import type { OwnedActor } from '../transport/owned-actors.ts';
import type { EquipmentHost } from './equipment-host.ts';
import { claimEquipment, readEquipment } from './equipment-row.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { type Claim, type StartResult, startEquipment } from './start-equipment.ts';

/** A machine that nobody else took is waited for so long, ms. */
const heldWithinMs = 3_000;

/** A stop is kept so long for a machine that is taken again while its last host still closes, ms. */
const leavingWithinMs = 10_000;

/** One machine never takes another one down: beyond the intensity the tries become rare, but they do not end. */
const supervision: SupervisorSpec = {
  strategy: 'one-for-one',
  intensity: { restarts: 20, periodMs: 60_000 },
  backOff: { firstMs: 500, longestMs: 30_000, stableMs: 60_000 },
  beyond: { do: 'pause', ms: 30_000 },
};

interface Expected {
  /** Monotonic ms. */
  readonly until: number;
  readonly presses: { readonly press: LanePress; readonly stage: (frame: NodeFrame) => void }[];
}

/** All equipment of this node. */
export class Fleet {
  readonly #services: NodeServices;
  readonly #jobs: JobDirectory;
  readonly #hosts = new Map<string, EquipmentHost>();
  readonly #supervisor: Supervisor;
  readonly #status: NodeStatusPublisher;
  /** Equipment that another node is handing over to this one, and the presses of the stop key that came meanwhile. */
  readonly #expected = new Map<string, Expected>();
  /** Equipment whose host is still closing or whose jobs are still put away; it resolves when nothing is left of them. */
  readonly #leaving = new Map<string, Promise<void>>();
  #loading: Promise<void> = Promise.resolve();

  constructor(services: NodeServices, jobs: JobDirectory) {
    this.#services = services;
    this.#jobs = jobs;
    const { clock, random, log } = services;
    this.#status = new NodeStatusPublisher({ ...services, tree: () => [...this.#supervisor.tree] });
    this.#supervisor = new Supervisor({
      spec: supervision,
      clock,
      random: () => fractionOf(random.uuid()),
      log,
      changed: () => this.#status.changed(),
      escalate: log,
    });
  }

  /** What the self-test of this start found off, for the node's status. */
  found(findings: NodeStatus['selfTest']): void {
    this.#status.found(findings);
  }

  /** Starts what is in the table and not yet hosted; rejects when the database is away. */
  load(): Promise<void> {
    const loading = this.#loading.catch(() => undefined).then(() => this.#load());
    this.#loading = loading;
    return loading;
  }

  get hosts(): readonly EquipmentHost[] {
    return [...this.#hosts.values()];
  }

  get ids(): string[] {
    return [...this.#hosts.keys()];
  }

  /** What this node owns now, and has said of it. */
  get owned(): OwnedActor[] {
    return this.hosts.filter(host => host.owns).map(({ id, epoch, said }) => ({ actor: `equipment/${id}`, epoch, seq: said }));
  }

  find(id: string): EquipmentHost | undefined {
    return this.#hosts.get(id);
  }

  /** What a program for this equipment is checked against; null when it is not here or runs none. */
  checkContext(id: string): CheckContext | null {
    return this.#hosts.get(id)?.checkContext() ?? null;
  }

  /** A press for this equipment, or for all, is one for this node. */
  concerns(equipment: string): boolean {
    return equipment === 'all' || this.#hosts.has(equipment) || this.expects(equipment);
  }

  /** The stop key, for one or all: every stop byte is written before this returns. */
  press(press: LanePress, stage: (frame: NodeFrame) => void): void {
    const all = press.equipment === 'all';
    const targets = all ? [...this.#hosts.values()] : [this.#hosts.get(press.equipment)].filter(host => host !== undefined);
    for (const host of targets) host.press(press, stage);
    const awaited = [...this.#expected].filter(([id]) => (all || id === press.equipment) && this.expects(id));
    for (const [, { presses }] of awaited) presses.push({ press, stage });
    if (targets.length + awaited.length > 0) return;
    stage({ stopId: press.stopId, equipment: press.equipment, stage: 'unknown-target', ms: 0 });
  }

  /** Another node will hand this equipment over within this time, ms. A stop that is pressed meanwhile is this node's too. */
  expect(id: string, withinMs: number): void {
    this.#expected.set(id, { until: this.#services.clock.monotonic() + withinMs, presses: [] });
  }

  expects(id: string): boolean {
    return this.#services.clock.monotonic() < (this.#expected.get(id)?.until ?? 0);
  }

  /** What another node could go on with. */
  get transferable(): readonly EquipmentHost[] {
    return this.hosts.filter(host => host.transferableRun !== null);
  }

  /** Nobody took what was given away: takes it back, which holds the machine, and waits for that. Never rejects. */
  async holdAbandoned(id: string, claim: Omit<Claim, 'goesOn'>): Promise<void> {
    const back = await this.take(id, { ...claim, goesOn: false }).catch(cause => ({ ok: false, sentence: String(cause) }) as const);
    if (back.ok) await back.host.connected(heldWithinMs);
    else this.#services.log(back.sentence);
  }

  /** Takes an equipment that any node could own, once nothing of it is left here from before. Rejects when the database is away. */
  async take(id: string, claim: Claim): Promise<StartResult> {
    const stops = this.#stopsMeanwhile(id);
    try {
      while (this.#leaving.has(id)) await this.#leaving.get(id);
      return await this.#take(id, claim);
    } finally {
      // Kept for this attempt alone: who owns it in the end may be another node, whose stop a person has released by the time it comes back here.
      if (stops && this.#expected.get(id) === stops) this.#expected.delete(id);
    }
  }

  async #take(id: string, claim: Claim): Promise<StartResult> {
    const row = await readEquipment(this.#services.db, id);
    if (row === null) return { ok: false, sentence: `${id} was removed.` };
    const started = await startEquipment({ services: this.#services, jobs: this.#jobs }, row, claim);
    if (!started.ok) return started;
    this.#hosts.set(id, started.host);
    const presses = this.#expected.get(id)?.presses ?? [];
    this.#expected.delete(id);
    for (const { press, stage } of presses) started.host.press(press, stage);
    // Placement decides where it runs next, so this node does not start it again.
    const running = { stop: () => started.host.close() };
    await this.#supervisor.add({ id: `equipment/${id}`, restart: 'temporary', start: async () => ({ ok: true, running }) });
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
    for (const { id, lostBecause } of lost) this.#services.log(`${id}: let go: ${lostBecause ?? 'it ended'}.`);
    await this.#leave(lost.map(host => host.id));
  }

  /** Gives network equipment back in order, for another node to take. */
  async giveUp(id: string): Promise<void> {
    this.#services.log(`${id}: given away, since this node ends.`);
    await this.#leave([id]);
  }

  async close(): Promise<void> {
    await this.#loading.catch(() => undefined);
    await this.#supervisor.close();
    this.#status.close();
  }

  /** They are none of ours from now on; resolves when their hosts are closed and their jobs put away. Never rejects: nobody waits for a sweep. */
  async #leave(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const id of ids) this.#hosts.delete(id);
    const before = ids.map(id => this.#leaving.get(id));
    const leave = async () => {
      await this.#supervisor.remove(...ids.map(id => `equipment/${id}`));
      await Promise.all([...before, ...ids.map(id => this.#letJobsGo(id))]);
    };
    const leaving = leave();
    for (const id of ids) this.#leaving.set(id, leaving);
    await leaving;
    for (const id of ids) if (this.#leaving.get(id) === leaving) this.#leaving.delete(id);
  }

  async #letJobsGo(id: string): Promise<void> {
    await this.#jobs.letGo(id).catch(cause => this.#services.log(`${id}: its jobs were not put away in order: ${String(cause)}`));
  }

  /**
   * A lease that was lost is often regained at once: a second host beside one that still closes would lose its publishing and its jobs to that
   * one's end. Whoever presses stop meanwhile means the one that comes. Null: nobody has to wait, or a hand-over keeps them already.
   */
  #stopsMeanwhile(id: string): Expected | null {
    if (!this.#leaving.has(id) || this.expects(id)) return null;
    this.expect(id, leavingWithinMs);
    return this.#expected.get(id) ?? null;
  }

  async #load(): Promise<void> {
    const { db, nodeId } = this.#services;
    for (const { id } of await claimEquipment(db, nodeId)) {
      const actor = `equipment/${id}`;
      // Whoever asks anew has perhaps put right what was wrong.
      if (this.#supervisor.has(actor)) await this.#supervisor.retry(actor);
      else await this.#supervisor.add({ id: actor, restart: 'permanent', start: () => this.#start(id) });
    }
  }

  /**
   * The row is read anew for each try. Whatever the machine did before, it begins Aborted and held: taking an actor over never
   * repeats a physical effect, and nothing moves before a person says so.
   */
  async #start(id: string): Promise<Started> {
    const row = await readEquipment(this.#services.db, id);
    if (row === null) {
      void this.#supervisor.remove(`equipment/${id}`);
      return { ok: false, sentence: `${id} was removed.` };
    }
    const started = await startEquipment({ services: this.#services, jobs: this.#jobs }, row);
    if (!started.ok) return started;
    this.#hosts.set(id, started.host);
    return { ok: true, running: { stop: () => started.host.close() } };
  }
}

/** A number from 0 to 1 out of a fresh id. */
function fractionOf(uuid: string): number {
  return Number.parseInt(uuid.slice(0, 8), 16) / 2 ** 32;
}
