import { findType } from '../../machines/catalog.ts';
import { equipmentMigrations } from '../../statecharts/equipment/migrations/migrations.ts';
import { equipmentChartIdentity } from '../../statecharts/equipment/project.ts';
import { type ChartForm, migrationPath } from '../../statecharts/migrations.ts';
import { OtherOwners } from '../placement/other-owners.ts';
import type { Peers } from '../placement/peers.ts';
import { Placement } from '../placement/placement.ts';
import { proveLife } from '../placement/proof-of-life.ts';
import { readSeats, renewInDatabase, type Seat } from '../placement/renewal.ts';
import type { ShardKeeper } from '../placement/shard-keeper.ts';
import type { Lease } from '../system/lease.ts';
import { heartbeatSchema, releaseSchema } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import { subject } from '../transport/subjects.ts';
import { localityOf } from './equipment-row.ts';
import type { Fleet } from './fleet.ts';
import { HandOverDesk } from './hand-over-desk.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';

export interface PlacingOptions {
  readonly services: NodeServices;
  readonly fleet: Fleet;
  readonly jobs: JobDirectory;
  readonly lease: Lease;
  readonly peers: Peers;
  readonly shards: ShardKeeper;
  /** A run may take so long to be handed over when this node ends, ms. */
  readonly drainMs: number;
  /** One that nobody can go on with may take so long to come to its end here, ms. */
  readonly waitMs: number;
  /** Publishes this node's heartbeat; false when the message server is away. */
  pulse(): boolean;
}

/** Keeps this node's lease and takes up what no single node owns. */
export interface Placing {
  /** Something changed: looks now instead of soon. */
  look(): void;
  /** Hands runs over, from others and to others. */
  readonly desk: HandOverDesk;
  /** Takes nothing any more; the lease is kept. */
  rest(): Promise<void>;
  close(): void;
}

export function startPlacing(options: PlacingOptions): Placing {
  const { services, fleet, lease, peers, shards } = options;
  const { clock, messages, site } = services;
  const placement = openPlacement(options);
  const look = () => {
    void placement.look();
    void shards.look();
  };
  const stops = [
    messages.onState(({ ok }) => peers.listening(ok, clock.monotonic())),
    listenJson(messages, subject(site, 'node', '*', 'heartbeat'), ({ body }) => {
      const heard = heartbeatSchema.safeParse(body);
      if (heard.success) peers.pulse(heard.data, clock.monotonic());
    }),
    listenJson(messages, subject(site, 'node', '*', 'released'), ({ body }) => {
      const release = releaseSchema.safeParse(body);
      if (release.success) peers.released(release.data.boot);
      look();
    }),
    lease.subscribe(state => {
      if (state === 'losing') fleet.hold();
      else if (state === 'lost') void fleet.sweep();
      // What was lost is let go, or what is vacant taken: which of them it is, the shards look themselves.
      if (state === 'lost') void shards.look();
      if (state === 'held') look();
    }),
    proveLife({ lease, clock, ways: [() => throughMessages(options), () => throughDatabase(options)] }),
  ];
  const { nodeId: me } = services;
  const desk = new HandOverDesk({
    ...options,
    successors: equipment => peers.others(equipment, me, clock.monotonic() - lease.times.ttlMs / 2),
    look: () => placement.look(),
  });
  look();
  const close = () => {
    for (const stop of stops) stop();
    desk.close();
  };
  return { look, desk, rest: () => placement.close(), close };
}

function openPlacement({ services, fleet, lease, peers }: PlacingOptions): Placement {
  const { clock, log, db, nodeId, boot, messages } = services;
  const owners = new OtherOwners({ db, me: nodeId, log });
  return new Placement({
    me: { node: nodeId, boot },
    lease,
    peers,
    clock,
    log,
    async seats() {
      const seats = await readSeats(db);
      await letGoOfOutrun(fleet, seats);
      await owners.look(seats.filter(seat => localityOf(seat) === 'network'));
      return seats;
    },
    caughtUp: () => flushed(messages),
    canHost: seat => localityOf(seat) === 'network',
    reads: ({ type, chart }) => chart === null || readsForm(type, chart),
    hosts: id => fleet.find(id) !== undefined,
    expects: id => fleet.expects(id),
    take: ({ seat, tenure }) => fleet.take(seat.equipment, { tenure, expectedEpoch: seat.epoch, goesOn: true }),
  });
}

/** This release knows the way from that form to its chart of this type. */
function readsForm(type: string, form: ChartForm): boolean {
  const profile = findType(type)?.profile;
  return profile !== undefined && migrationPath(equipmentMigrations, form, equipmentChartIdentity(profile)) !== null;
}

/** Another node holds a newer epoch: what we still have of it ends, whoever is right. */
async function letGoOfOutrun(fleet: Fleet, seats: readonly Seat[]): Promise<void> {
  for (const { equipment, epoch } of seats) fleet.find(equipment)?.outrunBy(epoch);
  await fleet.sweep();
}

async function throughMessages({ services, pulse }: PlacingOptions): Promise<void> {
  if (!pulse()) throw new Error('the message server is away');
  await flushed(services.messages);
}

async function throughDatabase({ services, lease }: PlacingOptions): Promise<void> {
  await renewInDatabase(services.db, { node: services.nodeId, boot: services.boot }, lease.times);
}

/** A round trip to the message server: it took all we sent, and we heard all it had for us. */
export async function flushed(messages: NodeServices['messages']): Promise<void> {
  if (!messages.connection) throw new Error('the message server is away');
  await messages.connection.flush();
}
