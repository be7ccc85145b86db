import { outcomeOf, reservedFor } from './assigns.ts';
import type { EquipmentContext } from './context.ts';
import { type Effect, effectClasses } from './effects.ts';
import type { EquipmentEvent } from './events.ts';

/** Params of effect actions that carry any. */
export interface TimerParams {
  readonly id: string;
  readonly ms?: number;
  /** Lasts as long as the reservation asks for. */
  readonly reserved?: true;
}
export interface TellParams {
  readonly event: 'job.loaded' | 'job.unloaded' | 'job.started' | 'job.held' | 'job.resumed' | 'job.ended';
}
export type EffectParams = TimerParams | TellParams | undefined;

/** The actions of the chart that are effects: their names are the effects' types. */
export const effectActionNames = Object.keys(effectClasses) as Effect['type'][];

/** What an effect action asks of the world; null when there is nothing to ask (nobody to tell). */
export function effectOf(name: Effect['type'], facts: EquipmentContext, event: EquipmentEvent, params: EffectParams): Effect | null {
  switch (name) {
    case 'device.jog':
      return event.type === 'JOG' ? { type: name, jog: event.args } : null;
    case 'device.mdi':
      return event.type === 'MDI' ? { type: name, line: event.args.line } : null;
    case 'device.override':
      return event.type === 'OVERRIDE' ? { type: name, override: event.args } : null;
    case 'device.program.run':
      return facts.job ? { type: name, job: facts.job.id, hash: facts.job.hash, fromLine: firstLineOf(event) } : null;
    case 'device.temperature':
      return event.type === 'SET_TEMPERATURE' ? { type: name, ...event.args } : null;
    case 'device.register':
      return event.type === 'WRITE_REGISTER' ? { type: name, ...event.args } : null;
    case 'device.switch':
      return { type: name, on: event.type === 'SWITCH_ON' };
    case 'timer.start':
      return params && 'id' in params ? { type: name, id: params.id, ms: params.reserved ? reservedFor(event) : (params.ms ?? 0) } : null;
    case 'timer.cancel':
      return params && 'id' in params ? { type: name, id: params.id } : null;
    case 'job.tell':
      return params && 'event' in params ? tell(facts, event, params.event) : null;
    default:
      return { type: name };
  }
}

/** A run that is handed over goes on where the last owner stopped feeding. */
function firstLineOf(event: EquipmentEvent): number {
  return event.type === 'authority.continued' ? event.fromLine : 1;
}

function tell(facts: EquipmentContext, event: EquipmentEvent, type: TellParams['event']): Effect | null {
  const ended = type === 'job.ended';
  const job = ended ? facts.run?.job : facts.job?.id;
  if (job === undefined) return null;
  const outcome = ended ? { outcome: outcomeOf(facts.run) } : {};
  const by = facts.run?.job === job ? { by: facts.run.by } : {};
  return { type: 'job.tell', job, event: { type, equipment: facts.input.id, at: 'at' in event ? event.at : 0, ...by, ...outcome } };
}

type RecorderArgs = { readonly context: EquipmentContext; readonly event: EquipmentEvent };
type Recorder = (args: RecorderArgs, params: EffectParams) => void;

/**
 * Implementations for `equipmentChart.provide({actions: recorders(...)})`: each effect action hands its effect to `record`, in the
 * order of the chart. Nothing is performed.
 */
export function recorders(record: (effect: Effect) => void): Record<Effect['type'], Recorder> {
  const recorder =
    (name: Effect['type']): Recorder =>
    ({ context, event }, params) => {
      const effect = effectOf(name, context, event, params);
      if (effect) record(effect);
    };
  return Object.fromEntries(effectActionNames.map(name => [name, recorder(name)])) as Record<Effect['type'], Recorder>;
}
