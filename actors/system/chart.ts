import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate';
import type { Caller } from '../../statecharts/caller.ts';
import type { EffectClass } from '../../statecharts/equipment/effects.ts';
import type { ChartMigration } from '../../statecharts/migrations.ts';
import type { Reason } from '../../statecharts/refusal.ts';

/** Any event of any chart; the journal keeps it whole, so it must be JSON. */
export interface ChartEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What the chart wants done: `type` is the action's name, the rest says with what. */
export interface RecordedEffect {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** An action of a chart that only records; XState hands it the context, the event and the action's params. */
// biome-ignore lint/suspicious/noExplicitAny: each chart types its own context and event; the runtime passes them through.
export type EffectAction = (args: any, params: any) => void;

/** Where a chart stands: XState's snapshot, read only. */
export type ChartState = Pick<AnyMachineSnapshot, 'value' | 'context' | 'tags'>;

/** A command as the turn sees it: verified caller, parsed arguments. */
export interface CommandRequest {
  readonly id: string;
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly caller: Caller;
  /** What the owner looked up for this command. */
  readonly facts?: unknown;
}

/** What the status document says about the actor's place in the system. */
export interface StatusFrame {
  readonly seq: number;
  readonly decisionSeq: number;
  readonly epoch: number;
  readonly at: number;
  readonly degraded: readonly { readonly code: string; readonly message: string; readonly since: number }[];
}

/** All that the runtime must know of one kind of actor. Everything here is pure. */
export interface Chart<Status = unknown> {
  readonly id: string;
  readonly version: string;
  /** Of the structure: a snapshot of another hash is migrated by a known way, or never restored. */
  readonly hash: string;
  /** From each released form of this chart to the next. */
  readonly migrations: readonly ChartMigration[];
  /** What is wrong with the facts of a state that another form of the chart left, in one sentence; null when they are whole. */
  flaw(state: Pick<ChartState, 'value' | 'context'>): string | null;
  readonly machine: AnyStateMachine;
  readonly input: unknown;
  /** Implementations of the effect actions: each hands its effect to `record` and does nothing else. One function for all actors of a kind. */
  recorders(record: (effect: RecordedEffect) => void): Readonly<Record<string, EffectAction>>;
  effectClass(effect: RecordedEffect): EffectClass;
  /** Never refused for who, when or what the journal can do. */
  isStopLike(command: string): boolean;
  toEvent(request: CommandRequest, at: number): ChartEvent;
  /** Every true reason against it; empty means that the chart will take it. */
  decide(state: ChartState, request: CommandRequest, at: number): readonly Reason[];
  /** Changes when anything changes that a decision reads. */
  decisionDigest(state: ChartState): string;
  toStatus(state: ChartState, frame: StatusFrame): Status;
}
