import type { Reason } from '../../statecharts/refusal.ts';
import type { EquipmentHost } from './equipment-host.ts';
import type { Fleet } from './fleet.ts';
import type { NodeServices } from './node-services.ts';

export interface LastRunsOptions {
  readonly services: NodeServices;
  readonly fleet: Fleet;
  /** Runs that nobody can go on with may take so long to come to their end, ms. */
  readonly waitMs: number;
  /** Looks again for another node that can go on with a run. */
  handOver(host: EquipmentHost): Promise<unknown>;
}

const lookEveryMs = 200;
/** Another node of the same release may have come. */
const askEveryMs = 2_000;
const code = 'node-ending';

/**
 * Lets the runs of a node that ends come to their end where they began: a run stays with the form of the chart that it was started under.
 * No new one is begun meanwhile. Network equipment that rests is given away at once, so that the next release can have it; what is on a local
 * link stays, with its stop key, until the last run is over. Resolves when nothing runs, when the time is up, or when `hurry` is
 * aborted; what still runs then is held when its host closes. Never rejects.
 */
export async function waitForLastRuns(options: LastRunsOptions, hurry: AbortSignal): Promise<void> {
  const { services, fleet, waitMs } = options;
  const { clock, log, impairments } = services;
  const begin = clock.monotonic();
  const latest = new Date(clock.now() + waitMs).toISOString();
  const message = `This node ends when its last run is over, at the latest at ${latest}; no new run begins here.`;
  const waiting: Reason = { code, message, remedy: { text: 'Start it when the next node has the machine.' } };
  let asked = begin;
  while (isBusy(fleet) && clock.monotonic() < begin + waitMs && !hurry.aborted) {
    for (const host of fleet.hosts) host.beginLast(waiting);
    impairments.set(code, message);
    if (services.watch.state.ok) await giveUpResting(fleet);
    if (clock.monotonic() - asked >= askEveryMs) {
      asked = clock.monotonic();
      await Promise.all(fleet.transferable.map(host => options.handOver(host).catch(cause => log(`${host.id}: ${String(cause)}`))));
    }
    await new Promise<void>(done => clock.setTimeout(done, lookEveryMs));
  }
  for (const host of fleet.hosts) if (!host.rests) log(`${host.id}: its run did not end in time, so it is held.`);
  impairments.set(code, null);
}

function isBusy(fleet: Fleet): boolean {
  return fleet.hosts.some(host => !host.rests);
}

async function giveUpResting(fleet: Fleet): Promise<void> {
  await Promise.all(fleet.hosts.filter(host => host.shared && host.rests).map(host => fleet.giveUp(host.id)));
}
