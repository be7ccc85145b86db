import { z } from 'zod';
import { findType } from '../../machines/catalog.ts';
import { equipmentChartIdentity } from '../../statecharts/equipment/project.ts';
import type { Lease } from '../system/lease.ts';
import { listenJson } from '../transport/json-listener.ts';
import { decodeJson, encodeJson } from '../transport/messages.ts';
import { subject } from '../transport/subjects.ts';
import type { EquipmentHost } from './equipment-host.ts';
import type { Fleet } from './fleet.ts';
import { waitForLastRuns } from './last-runs.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { rehearse } from './rehearsal.ts';

const axesSchema = z.strictObject({ x: z.number(), y: z.number(), z: z.number() });

/** Asked of the next owner before anything is stopped: have the program ready, and be of the form of the chart that the run is bound to. */
const prepareSchema = z.strictObject({
  equipment: z.string(),
  type: z.string(),
  chart: z.strictObject({ id: z.string(), version: z.string(), hash: z.string() }),
  job: z.string(),
  hash: z.string(),
  envelope: z.strictObject({ min: axesSchema, max: axesSchema }).nullable(),
  offsets: z.record(z.string(), axesSchema),
});
type Prepare = z.infer<typeof prepareSchema>;
/** Told to it when the equipment was given back. */
const takeSchema = z.strictObject({ equipment: z.string() });
/** `why`: of a no, half a sentence about the node. */
const answerSchema = z.object({ ok: z.boolean(), why: z.string().optional() });
type Answer = z.infer<typeof answerSchema>;

/** Whoever said that it is ready is waited for so long, ms, once the equipment is nobody's: then the machine is held here. */
const takenWithinMs = 3_000;
/** One that is ready counts presses of the stop key for the machine from then on, for longer than any hand-over may take. */
const marginMs = 10_000;

export interface HandOverOptions {
  readonly services: NodeServices;
  readonly fleet: Fleet;
  readonly jobs: JobDirectory;
  readonly lease: Lease;
  /** A run may take so long to be handed over when this node ends, ms. */
  readonly drainMs: number;
  /** One that nobody can go on with may take so long to come to its end here, ms. */
  readonly waitMs: number;
  /** Other nodes that could take an equipment, the first in turn first. */
  successors(equipment: { readonly id: string; readonly type: string }): readonly string[];
  /** Looks for vacant equipment now. */
  look(): Promise<void>;
}

/** Hands runs over between nodes: takes those of nodes that end, and gives its own away when this one does. */
export class HandOverDesk {
  readonly #o: HandOverOptions;
  readonly #stops: (() => void)[];
  /** Why nobody could go on with the run of an equipment, as it was last said. */
  readonly #pinned = new Map<string, string>();
  #draining = false;

  constructor(options: HandOverOptions) {
    this.#o = options;
    const { messages, site, nodeId, log } = options.services;
    const listen = (name: string, answer: (body: unknown) => Promise<Answer>) =>
      listenJson(messages, subject(site, 'node', nodeId, 'hand-over', name), ({ body, reply }) => {
        answer(body).then(
          answered => reply(answered),
          cause => log(`hand-over: ${String(cause)}`),
        );
      });
    this.#stops = [listen('prepare', body => this.#prepare(body)), listen('take', body => this.#take(body))];
  }

  /**
   * This node ends: every run that can go on elsewhere goes there; where none may be interrupted, the others come to their end here.
   * What still runs then is held when its host closes. `hurry` ends the waiting. Never rejects.
   */
  async drain(hurry: AbortSignal): Promise<void> {
    this.#draining = true;
    const { fleet, services, waitMs } = this.#o;
    const handOver = (host: EquipmentHost) => this.#handOver(host);
    await Promise.all(
      fleet.transferable.map(host => handOver(host).catch(cause => services.log(`${host.id}: hand-over: ${String(cause)}`))),
    );
    if (waitMs > 0) await waitForLastRuns({ services, fleet, waitMs, handOver }, hurry);
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  async #handOver(host: EquipmentHost): Promise<void> {
    const { services, fleet, drainMs, waitMs } = this.#o;
    const { clock, log, watch } = services;
    if (drainMs === 0 || !watch.state.ok) return;
    const until = clock.monotonic() + drainMs;
    const node = await this.#findSuccessor(host, until);
    if (node === null) return;
    log(`${host.id}: its run goes to ${node}.`);
    // Whatever it failed of, the machine is fed no more by then: it would stand in the cut for as long as this node waits for its last runs.
    const departed = await host.depart(node, until - clock.monotonic()).catch(cause => {
      log(`${host.id}: hand-over: ${String(cause)}`);
      return false;
    });
    if (!departed) {
      log(`${host.id}: its run could not be handed over, so it is held.`);
      // It is fed no more: nothing to wait for.
      return waitMs > 0 ? fleet.giveUp(host.id) : undefined;
    }
    const taken = this.#ask(node, 'take', { equipment: host.id }, takenWithinMs);
    await fleet.sweep();
    if ((await taken).ok) return log(`${host.id}: its run goes on on ${node}.`);
    log(`${host.id}: ${node} did not take it, so it is held.`);
    await fleet.holdAbandoned(host.id, { tenure: this.#o.lease.tenure(), expectedEpoch: host.epoch });
  }

  async #findSuccessor(host: EquipmentHost, until: number): Promise<string | null> {
    const { successors, services } = this.#o;
    const run = host.transferableRun;
    const context = host.checkContext();
    if (run === null || context === null) return null;
    const { envelope, offsets } = context;
    const against: string[] = [];
    for (const node of successors({ id: host.id, type: host.type })) {
      const order: Prepare = {
        equipment: host.id,
        type: host.type,
        chart: equipmentChartIdentity(host.profile),
        ...run,
        envelope,
        offsets,
      };
      const answer = await this.#ask(node, 'prepare', order, until - services.clock.monotonic());
      if (answer.ok) return node;
      against.push(`${node} ${answer.why ?? 'is not ready'}`);
    }
    this.#sayPinned(host.id, against.length > 0 ? ` (${against.join(', ')})` : '');
    return null;
  }

  /** Once for each reason: while a node waits for its last runs it asks again and again. */
  #sayPinned(id: string, why: string): void {
    if (this.#pinned.get(id) === why) return;
    this.#pinned.set(id, why);
    const then = this.#o.waitMs > 0 ? 'so this node waits for its end' : 'so it is held';
    this.#o.services.log(`${id}: no other node can go on with its run${why}, ${then}.`);
  }

  /** A no also when nobody answers. */
  async #ask(node: string, name: string, body: unknown, withinMs: number): Promise<Answer> {
    const { messages, site } = this.#o.services;
    if (!messages.connection || withinMs <= 0) return { ok: false, why: 'cannot be asked' };
    try {
      const to = subject(site, 'node', node, 'hand-over', name);
      const reply = await messages.connection.request(to, encodeJson(body), { timeout: withinMs });
      return answerSchema.parse(decodeJson(reply.data));
    } catch {
      return { ok: false, why: 'does not answer' };
    }
  }

  async #prepare(body: unknown): Promise<Answer> {
    const { fleet, jobs, lease, services, drainMs } = this.#o;
    const order = prepareSchema.safeParse(body);
    if (!order.success) return { ok: false, why: 'does not understand the question' };
    if (this.#draining || lease.state !== 'held' || !services.watch.state.ok) return { ok: false, why: 'ends or is cut off itself' };
    const { equipment, type, chart, job, hash, envelope, offsets } = order.data;
    // The state of the run was made by that form of the chart; another one would go on with something it did not begin.
    const known = findType(type);
    if (!known?.program) return { ok: false, why: `does not drive ${type}` };
    const { version, hash: own } = equipmentChartIdentity(known.profile);
    if (chart.hash !== own) return { ok: false, why: `runs chart ${version}, the run belongs to ${chart.version}` };
    const { dialect } = known.program;
    if (!(await jobs.provide(job, hash, { dialect, envelope, offsets }))) return { ok: false, why: 'has not the program' };
    await rehearse({ services, jobs }, equipment);
    fleet.expect(equipment, drainMs + marginMs);
    return { ok: true };
  }

  async #take(body: unknown): Promise<Answer> {
    const order = takeSchema.safeParse(body);
    if (!order.success || this.#draining) return { ok: false };
    await this.#o.look();
    return { ok: this.#o.fleet.find(order.data.equipment) !== undefined };
  }
}
