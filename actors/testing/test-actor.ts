import { randomUUID } from 'node:crypto';
import type { Caller } from '../../statecharts/caller.ts';
import type { Database } from '../storage/database.ts';
import type { WriteAheadFile } from '../storage/write-ahead.ts';
import { activate } from '../system/activate.ts';
import type { RecordedEffect } from '../system/chart.ts';
import type { DatabaseState, DatabaseWatch } from '../system/database-watch.ts';
import { type Committed, LiveActor } from '../system/live-actor.ts';
import type { CommandMessage } from '../system/message.ts';
import type { Clock } from '../system/ports.ts';
import { realClock } from '../system/real-ports.ts';
import { TurnGate } from '../system/turn-gate.ts';
import type { Outcome } from '../transport/envelopes.ts';
import { type LampStatus, lampChart } from './lamp-chart.ts';

/** A watch that says what the test wants. */
export class SwitchedWatch implements DatabaseWatch {
  state: DatabaseState = { ok: true, since: 0, cause: '' };
  become(ok: boolean): void {
    this.state = { ok, since: 1, cause: ok ? '' : 'switched off' };
  }
  reportTrouble(): void {
    this.become(false);
  }
  subscribe(): () => void {
    return () => undefined;
  }
  close(): void {}
}

/** A running lamp and everything it did. */
export interface TestActor {
  readonly actor: LiveActor<LampStatus>;
  readonly watch: SwitchedWatch;
  readonly performed: RecordedEffect[];
  readonly committed: Committed<LampStatus>[];
  readonly log: string[];
  readonly epoch: number;
  /** Sends a command and waits for its outcome. */
  command(command: string, more?: Partial<CommandMessage> & { readonly id?: string }): Promise<Outcome>;
  event(type: string, data?: Readonly<Record<string, unknown>>): Promise<void>;
}

const files: WriteAheadFile[] = [];

/** Closes the files of every lamp that was started; for the end of a test file. */
export async function closeLamps(): Promise<void> {
  for (const file of files.splice(0)) await file.close();
}

/** Where a lamp lives. */
export interface LampPlace {
  readonly folder: string;
  readonly clock: Clock;
  /** Called at the door to the driver and to everyone else; throws when the process dies there. */
  readonly door?: (name: 'perform' | 'publish') => void;
}

/** Takes `lamp/<id>` over and runs it; by the computer's clock when only a folder is given. */
export async function startLamp(db: Database, actorId: string, place: string | LampPlace): Promise<TestActor> {
  const { folder, clock, door = () => undefined }: LampPlace = typeof place === 'string' ? { folder: place, clock: realClock } : place;
  const watch = new SwitchedWatch();
  const log: string[] = [];
  const taken = await activate({
    db,
    watch,
    chart: lampChart,
    actorId,
    kind: 'lamp',
    owner: 'test',
    nonce: randomUUID(),
    writeAheadPath: `${folder}/${actorId.replace('/', '-')}.wal`,
    clock,
    log: line => log.push(line),
  });
  if (!taken.ok) throw new Error(taken.code);
  const { ledger, fence, file, from, decisionSeq, timers } = taken.activation;
  files.push(file);
  const performed: RecordedEffect[] = [];
  const committed: Committed<LampStatus>[] = [];
  const actor = new LiveActor<LampStatus>({
    chart: lampChart,
    db,
    ledger,
    fence,
    watch,
    clock,
    log: line => log.push(line),
    actorId,
    from,
    decisionSeq,
    timers,
    gate: openGate,
    degraded: () => [],
    perform: effect => {
      door('perform');
      performed.push(effect);
    },
    committed: turn => {
      door('publish');
      committed.push(turn);
    },
  });
  const command = commandOf(actor);
  const event: TestActor['event'] = (type, data = {}) => {
    actor.post('report', { kind: 'event', source: 'device', event: { ...data, type } });
    return actor.idle();
  };
  return { actor, watch, performed, committed, log, epoch: fence.epoch, command, event };
}

function commandOf(actor: LiveActor<LampStatus>): TestActor['command'] {
  return (command, { id = randomUUID(), ...more } = {}) =>
    new Promise(reply => {
      const request = { id, command, args: {}, caller };
      const nothing = { correlationId: null, seen: null, deadline: null, objection: null };
      actor.post(lampChart.isStopLike(command) ? 'safety' : 'command', { kind: 'command', request, ...nothing, reply, ...more });
    });
}

/** Turns begin when they are posted, however slow the machine is. */
const openGate = new TurnGate(Number.POSITIVE_INFINITY, () => 0);

const caller: Caller = { kind: 'user', id: 'anna', name: 'Anna', role: 'operator' };
