import { type AnyStateMachine, createActor, type Snapshot } from 'xstate';
import type { ChartEvent, ChartState, RecordedEffect } from './chart.ts';

/** The outcome of one event: what the chart wants done, or why it could not take the event (a throwing guard or action). */
export type SendResult =
  | { readonly ok: true; readonly effects: readonly RecordedEffect[] }
  | { readonly ok: false; readonly cause: unknown };

/** A private XState actor whose actions only record. Nobody else observes it; others hear after the commit. */
export interface ChartActor {
  send(event: ChartEvent): SendResult;
  state(): ChartState;
  /** The state as JSON, for `from` of a later actor. */
  persisted(): unknown;
  /** Effects of entering the initial state; empty for a restored actor. */
  readonly initialEffects: readonly RecordedEffect[];
  stop(): void;
}

export interface ChartActorOptions {
  readonly machine: AnyStateMachine;
  readonly effectNames: readonly string[];
  readonly input: unknown;
  /** A persisted state to go on from; null begins anew. */
  readonly from: unknown;
}

/** Starts a chart. The one place that runs XState: version 6, with effects as data, is a swap of this file. */
export function startChartActor({ machine, effectNames, input, from }: ChartActorOptions): ChartActor {
  let recorded: RecordedEffect[] = [];
  const record = (name: string) => (_: unknown, params: unknown) => {
    recorded.push({ ...(isRecord(params) ? params : {}), type: name });
  };
  const actions = Object.fromEntries(effectNames.map(name => [name, record(name)]));
  const actor = createActor(machine.provide({ actions }), from === null ? { input } : { input, snapshot: from as Snapshot<unknown> });
  let failure: unknown = null;
  // Without this observer XState throws the error of a guard or action into nowhere, which would end the process.
  actor.subscribe({ error: cause => (failure = cause ?? new Error('the chart failed')) });
  actor.start();
  const take = () => recorded.splice(0);
  return {
    initialEffects: take(),
    send(event) {
      recorded = [];
      actor.send(event);
      return failure === null ? { ok: true, effects: take() } : { ok: false, cause: failure };
    },
    state: () => actor.getSnapshot(),
    persisted: () => actor.getPersistedSnapshot(),
    stop: () => actor.stop(),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
