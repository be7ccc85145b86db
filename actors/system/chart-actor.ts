import { type AnyMachineSnapshot, type AnyStateMachine, createActor, type Snapshot, type StateValue } from 'xstate';
import { canonicalJson } from '../../statecharts/canonical.ts';
import type { StoredState } from '../../statecharts/migrations.ts';
import type { Chart, ChartEvent, ChartState, RecordedEffect } from './chart.ts';

/** The outcome of one event: what the chart wants done, or why it could not take the event (a throwing guard or action). */
export type SendResult =
  | { readonly ok: true; readonly effects: readonly RecordedEffect[] }
  | { readonly ok: false; readonly cause: unknown };

/** A private XState actor whose actions only record. Nobody else observes it; others hear after the commit. */
export interface ChartActor {
  send(event: ChartEvent): SendResult;
  state(): ChartState;
  /** A state of this actor, by default the present one, as JSON for `from` of a later actor. */
  persisted(state?: ChartState): unknown;
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
  const { machine, recording } = recordingMachine(chart);
  const { input } = chart;
  const actor = createActor(machine, from === null ? { input } : { input, snapshot: from as Snapshot<unknown> });
  let failure: unknown = null;
  // Without this observer XState throws the error of a guard or action into nowhere, which would end the process.
  actor.subscribe({ error: cause => (failure = cause ?? new Error('the chart failed')) });
  return {
    initialEffects: recording(() => actor.start()),
    send(event) {
      const effects = recording(() => actor.send(event));
      return failure === null ? { ok: true, effects } : { ok: false, cause: failure };
    },
    state: () => actor.getSnapshot(),
    persisted: (state = actor.getSnapshot()) => machine.getPersistedSnapshot(state as AnyMachineSnapshot),
    stop: () => actor.stop(),
  };
}

/**
 * A persisted state as this chart itself would keep it: what is wrong with it, in one sentence, or null. XState takes almost anything and
 * goes on with half a state, so what another form of the chart left is looked at before: every region is there, and what would be stored
 * again is the very same.
 */
export function structuralFlaw(chart: ChartActorOptions['chart'], from: StoredState): string | null {
  try {
    if (from.status !== 'active') return 'It has ended.';
    const { value } = chart.machine.resolveState({ value: from.value as StateValue, context: from.context });
    if (canonicalJson(value) !== canonicalJson(from.value)) return 'Its state value lacks a region or is not of this chart.';
    const actor = startChartActor({ chart, from });
    const again = actor.persisted();
    actor.stop();
    return canonicalJson(again) === canonicalJson(from) ? null : 'It would not be stored as it is.';
  } catch (cause) {
    return `The chart does not take it: ${cause instanceof Error ? cause.message : String(cause)}`;
  }
}

interface RecordingMachine {
  readonly machine: AnyStateMachine;
  /** What the chart wants done while `run` runs; a chart runs synchronously, so nobody else's comes in between. */
  recording(run: () => void): readonly RecordedEffect[];
}

/**
 * One machine for all actors of a kind: `provide` makes a copy of every state node, which would be most of what an idle actor
 * weighs and of the time it takes to start one.
 */
const recordingMachines = new WeakMap<AnyStateMachine, WeakMap<Chart['recorders'], RecordingMachine>>();

function recordingMachine({ machine, recorders }: Pick<Chart, 'machine' | 'recorders'>): RecordingMachine {
  const known = recordingMachines.get(machine) ?? new WeakMap<Chart['recorders'], RecordingMachine>();
  recordingMachines.set(machine, known);
  const made = known.get(recorders) ?? withRecorders(machine, recorders);
  known.set(recorders, made);
  return made;
}

function withRecorders(machine: AnyStateMachine, recorders: Chart['recorders']): RecordingMachine {
  let recorded: RecordedEffect[] = [];
  return {
    machine: machine.provide({ actions: recorders(effect => recorded.push(effect)) }),
    recording(run) {
      recorded = [];
      run();
      return recorded;
    },
  };
}
