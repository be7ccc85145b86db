import { z } from 'zod';
import { findType } from '../../machines/catalog.ts';
import type { Lease } from '../system/lease.ts';
import { listenJson } from '../transport/json-listener.ts';
import { decodeJson, encodeJson } from '../transport/messages.ts';
import { subject } from '../transport/subjects.ts';
import type { EquipmentHost } from './equipment-host.ts';
import type { Fleet } from './fleet.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

const axesSchema = z.strictObject({ x: z.number(), y: z.number(), z: z.number() });

/** Asked of the next owner before anything is stopped: have the program ready. */
const prepareSchema = z.strictObject({
  equipment: z.string(),
  type: z.string(),
  job: z.string(),
  hash: z.string(),
  envelope: z.strictObject({ min: axesSchema, max: axesSchema }).nullable(),
  offsets: z.record(z.string(), axesSchema),
});
type Prepare = z.infer<typeof prepareSchema>;
/** Told to it when the equipment was given back. */
const takeSchema = z.strictObject({ equipment: z.string() });
const answerSchema = z.strictObject({ ok: z.boolean() });

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
  /** Other nodes that could take an equipment, the first in turn first. */
  successors(equipment: { readonly id: string; readonly type: string }): readonly string[];
  /** Looks for vacant equipment now. */
  look(): Promise<void>;
}

/** Hands runs over between nodes: takes those of nodes that end, and gives its own away when this one does. */
export class HandOverDesk {
  readonly #o: HandOverOptions;
  readonly #stops: (() => void)[];
  #draining = false;

  constructor(options: HandOverOptions) {
    this.#o = options;
    const { messages, site, nodeId, log } = options.services;
    const listen = (name: string, answer: (body: unknown) => Promise<boolean>) =>
      listenJson(messages, subject(site, 'node', nodeId, 'hand-over', name), ({ body, reply }) => {
        answer(body).then(
          ok => reply({ ok }),
          cause => log(`hand-over: ${String(cause)}`),
        );
      });
    this.#stops = [listen('prepare', body => this.#prepare(body)), listen('take', body => this.#take(body))];
  }

  /** This node ends: every run that can go on elsewhere goes there. What cannot stays, to be held when its host closes. Never rejects. */
  async drain(): Promise<void> {
    this.#draining = true;
    const { fleet, services, drainMs } = this.#o;
    if (drainMs === 0 || !services.watch.state.ok) return;
    await Promise.all(
      fleet.transferable.map(host => this.#handOver(host).catch(cause => services.log(`${host.id}: hand-over: ${String(cause)}`))),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  async #handOver(host: EquipmentHost): Promise<void> {
    const { services, fleet, drainMs } = this.#o;
    const { clock, log } = services;
    const until = clock.monotonic() + drainMs;
    const node = await this.#findSuccessor(host, until);
    if (node === null) return log(`${host.id}: no other node can go on with its run, so it is held.`);
    log(`${host.id}: its run goes to ${node}.`);
    if (!(await host.depart(node, until - clock.monotonic()))) return log(`${host.id}: its run could not be handed over, so it is held.`);
    const taken = this.#ask(node, 'take', { equipment: host.id }, takenWithinMs);
    await fleet.sweep();
    if (await taken) return log(`${host.id}: its run goes on on ${node}.`);
    log(`${host.id}: ${node} did not take it, so it is held.`);
    await fleet.holdAbandoned(host.id, { tenure: this.#o.lease.tenure(), expectedEpoch: host.epoch });
  }

  async #findSuccessor(host: EquipmentHost, until: number): Promise<string | null> {
    const { successors, services } = this.#o;
    const run = host.transferableRun;
    if (run === null) return null;
    const { envelope, offsets } = host.checkContext();
    for (const node of successors({ id: host.id, type: host.type })) {
      const order: Prepare = { equipment: host.id, type: host.type, ...run, envelope, offsets };
      if (await this.#ask(node, 'prepare', order, until - services.clock.monotonic())) return node;
    }
    return null;
  }

  /** False also when nobody answers. */
  async #ask(node: string, name: string, body: unknown, withinMs: number): Promise<boolean> {
    const { messages, site } = this.#o.services;
    if (!messages.connection || withinMs <= 0) return false;
    try {
      const to = subject(site, 'node', node, 'hand-over', name);
      const reply = await messages.connection.request(to, encodeJson(body), { timeout: withinMs });
      return answerSchema.parse(decodeJson(reply.data)).ok;
    } catch {
      return false;
    }
  }

  async #prepare(body: unknown): Promise<boolean> {
    const { fleet, jobs, lease, services, drainMs } = this.#o;
    const order = prepareSchema.safeParse(body);
    if (!order.success || this.#draining || lease.state !== 'held' || !services.watch.state.ok) return false;
    const { equipment, type, job, hash, envelope, offsets } = order.data;
    const dialect = findType(type)?.dialect;
    if (dialect === undefined || !(await jobs.provide(job, hash, { dialect, envelope, offsets }))) return false;
    fleet.expect(equipment, drainMs + marginMs);
    return true;
  }

  async #take(body: unknown): Promise<boolean> {
    const order = takeSchema.safeParse(body);
    if (!order.success || this.#draining) return false;
    await this.#o.look();
    return this.#o.fleet.find(order.data.equipment) !== undefined;
  }
}
