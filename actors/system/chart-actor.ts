import { createActor, type Snapshot } from 'xstate';
import type { Chart, ChartEvent, ChartState, RecordedEffect } from './chart.ts';

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
  readonly chart: Pick<Chart, 'machine' | 'input' | 'recorders'>;
  /** A persisted state to go on from; null begins anew. */
  readonly from: unknown;
}

/** Starts a chart. The one place that runs XState: version 6, with effects as data, is a swap of this file. */
export function startChartActor({ chart, from }: ChartActorOptions): ChartActor {
  let recorded: RecordedEffect[] = [];
  const machine = chart.machine.provide({ actions: chart.recorders(effect => recorded.push(effect)) });
  const { input } = chart;
  const actor = createActor(machine, from === null ? { input } : { input, snapshot: from as Snapshot<unknown> });
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
