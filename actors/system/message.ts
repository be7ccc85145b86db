import type { Caller } from '../../statecharts/caller.ts';
import type { DeadLetter } from '../storage/dead-letters.ts';
import type { Outcome } from '../transport/envelopes.ts';
import type { ChartEvent, CommandRequest } from './chart.ts';
import type { FiredTimer } from './timers.ts';

/** A command on its way to a decision. */
export interface CommandMessage {
  readonly kind: 'command';
  readonly request: CommandRequest;
  readonly correlationId: string | null;
  /** The state that the person saw; null when unknown (only stop-like commands may lack it). */
  readonly seen: { readonly epoch: number; readonly decisionSeq: number; readonly at: number } | null;
  /** On the owner's monotonic clock; null: none. */
  readonly deadline: number | null;
  /** Set when the door already found it wanting (forged assertion, bad arguments): journaled and answered, not decided. */
  readonly objection: Outcome | null;
  reply(outcome: Outcome): void;
}

/** Something that happened and cannot be refused: a report, a stop press, a timer, word from another actor. */
export interface EventMessage {
  readonly kind: 'event';
  readonly source: 'device' | 'stop' | 'timer' | 'system' | 'job';
  readonly event: ChartEvent;
  readonly causationId?: string;
  /** The delay that ran out. */
  readonly timer?: FiredTimer;
}

/** Word from an actor that lives elsewhere: written down under its id or not taken, and answered. */
export interface TellMessage {
  readonly kind: 'tell';
  readonly id: string;
  readonly source: EventMessage['source'];
  readonly event: ChartEvent;
  /** The actor that says it. */
  readonly from: string;
  reply(outcome: Outcome): void;
}

/** A dead letter is told again, as a new message, once. */
export interface ReplayMessage {
  readonly kind: 'replay';
  readonly letter: DeadLetter;
  readonly caller: Caller;
  reply(outcome: Outcome): void;
}

/** Something worth keeping that the chart does not read, e.g. a progress checkpoint. */
export interface NoteMessage {
  readonly kind: 'note';
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Whose doing it is; absent: nobody's. */
  readonly caller?: Caller;
  /** `keep` stores the whole state with it, so that the next start needs no replay. */
  readonly snapshot: 'keep' | 'when-due';
}

/** The database may be back: copy what was written ahead. */
export interface RecoverMessage {
  readonly kind: 'recover';
}

export type Message = CommandMessage | EventMessage | TellMessage | ReplayMessage | NoteMessage | RecoverMessage;
