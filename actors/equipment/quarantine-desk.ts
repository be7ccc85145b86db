import { type Caller, hasRole } from '../../statecharts/caller.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { isAway } from '../storage/database.ts';
import { acknowledgeQuarantine, findQuarantine, openQuarantines, type QuarantinedState } from '../storage/quarantines.ts';
import { verifyAssertion } from '../system/assertions.ts';
import type { ChartEvent } from '../system/chart.ts';
import type { LiveActor } from '../system/live-actor.ts';
import { unavailable } from '../system/turn-answers.ts';
import { type Acknowledge, acknowledgeCommand, acknowledgeSchema, type Outcome } from '../transport/envelopes.ts';
import { listenJson } from '../transport/json-listener.ts';
import { subject } from '../transport/subjects.ts';
import type { NodeServices } from './node-services.ts';

export interface QuarantineDeskOptions {
  readonly services: NodeServices;
  /** Of the equipment. */
  readonly id: string;
  readonly actor: Pick<LiveActor<unknown>, 'post' | 'idle'>;
  /** Place of the last event in the journal. */
  seq(): number;
}

/** Code of the impairment that a status shows until somebody has acknowledged the state. */
const impairment = 'state-quarantined';

/** What the status says of states that were left alone; null: nothing to say. */
export function impairmentOf(open: readonly QuarantinedState[], at: number): ChartEvent | null {
  const [newest] = open;
  if (!newest) return null;
  const message = `Its stored state was left alone and it began anew: ${newest.why} An administrator looks at it and acknowledges it (operations: a state in quarantine).`;
  return { type: 'service.degraded', code: impairment, message, at };
}

/** Takes the word of an administrator that a state in quarantine was looked at. Returns the way to stop. */
export function openQuarantineDesk(options: QuarantineDeskOptions): () => void {
  const { site, messages, log } = options.services;
  return listenJson(messages, subject(site, 'equipment', options.id, 'command', acknowledgeCommand), ({ body, reply }) => {
    acknowledge(options, body).then(reply, cause => log(`${options.id}: a quarantine could not be acknowledged: ${String(cause)}`));
  });
}

async function acknowledge({ services, id, actor, seq }: QuarantineDeskOptions, body: unknown): Promise<Outcome> {
  const { db, watch, clock } = services;
  const asked = acknowledgeSchema.safeParse(body);
  const caller = asked.success ? await callerOf(services, id, asked.data) : null;
  if (!asked.success || caller === null || !hasRole(caller, 'administrator')) return refused(notVouched);
  try {
    const found = await findQuarantine(db, asked.data.quarantine);
    if (found?.actorId !== `equipment/${id}`) return refused(notFound);
    const at = clock.now();
    if (!(await acknowledgeQuarantine(db, found.id, { by: caller.name, at }))) return refused(known);
    const data = { quarantine: found.id, seq: found.seq, version: found.version, hash: found.chartHash };
    actor.post('report', { kind: 'note', type: 'quarantine.acknowledged', data, caller, snapshot: 'when-due' });
    const left = impairmentOf(await openQuarantines(db, found.actorId), at);
    const event = left ?? { type: 'service.restored', code: impairment, at };
    actor.post('report', { kind: 'event', source: 'system', event });
    await actor.idle();
    return { outcome: 'accepted', seq: seq(), reasons: [] };
  } catch (cause) {
    if (!isAway(cause)) throw cause;
    watch.reportTrouble(cause);
    return unavailable(watch.state.cause);
  }
}

function callerOf({ site, keys, clock }: NodeServices, id: string, { quarantine, assertion }: Acknowledge): Promise<Caller | null> {
  const commandId = `${acknowledgeCommand}:${quarantine}`;
  return verifyAssertion(keys, assertion, { site, actor: `equipment/${id}`, commandId, now: clock.now(), expiry: 'checked' });
}

function refused(reason: Reason): Outcome {
  return { outcome: 'refused', seq: 0, reasons: [reason] };
}

const notVouched: Reason = { code: 'needs-role', message: 'Acknowledging a state in quarantine needs the role administrator.' };
const notFound: Reason = { code: 'no-such-quarantine', message: 'There is no such state in quarantine for this equipment.' };
const known: Reason = { code: 'acknowledged-before', message: 'Somebody has acknowledged it already.' };
