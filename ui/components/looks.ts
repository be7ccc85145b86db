import type { EquipmentStatus, Summary } from '../../statecharts/equipment/status.ts';
import type { Truth } from '../client/truth.ts';

/** Shape, word and tone of a state; the three say the same thing. */
export interface Look {
  readonly state:
    | 'idle'
    | 'execute'
    | 'acting'
    | 'held'
    | 'suspended'
    | 'complete'
    | 'stopped'
    | 'aborted'
    | 'offline'
    | 'stale'
    | 'unknown';
  readonly word: string;
}

const resting: Readonly<Record<string, Look['state']>> = {
  Idle: 'idle',
  Execute: 'execute',
  Held: 'held',
  Suspended: 'suspended',
  Complete: 'complete',
  Stopped: 'stopped',
  Aborted: 'aborted',
};

/** How a machine's state is drawn; doubt and a missing connection come before the last known state. */
export function lookOf(execution: string, truth: Truth, connection: string | undefined): Look {
  if (truth.kind === 'stale' || connection === 'stale') return { state: 'stale', word: 'Stale' };
  if (connection === 'offline') return { state: 'offline', word: 'Offline' };
  if (connection === 'disconnected') return { state: 'offline', word: 'Disconnected' };
  if (truth.kind === 'unknown') return { state: 'unknown', word: 'Unknown' };
  const state = resting[execution];
  return state ? { state, word: execution } : { state: 'acting', word: `${execution} …` };
}

const urgency: readonly Look['state'][] = [
  'aborted',
  'stale',
  'unknown',
  'held',
  'suspended',
  'acting',
  'execute',
  'complete',
  'idle',
  'stopped',
  'offline',
];

/** Smaller is more urgent; what needs a person comes before everything that does not. */
export function urgencyOf(look: Look, summary: Pick<Summary, 'needsPerson' | 'latched'>): number {
  return urgency.indexOf(look.state) + (needsPerson(look, summary) ? 0 : 100);
}

/** True when somebody should go there or decide something. */
export function needsPerson(look: Look, summary: Pick<Summary, 'needsPerson' | 'latched'>): boolean {
  return summary.needsPerson || summary.latched || ['aborted', 'stale', 'unknown', 'held', 'suspended'].includes(look.state);
}

/** The line under the state word: what it means, or what it was when the link was lost. */
export function subtitle(look: Look, summary: Pick<Summary, 'execution' | 'detail'>): string {
  if (look.state === 'stale') return `was ${summary.execution} when last heard`;
  if (look.state === 'unknown') return 'not read since start';
  if (look.word === 'Offline') return 'not connected';
  return summary.detail;
}

/** Which of the capabilities a type has; an absent one carries its reason. */
export function capability(status: EquipmentStatus, name: string): 'has' | 'lacks' | { readonly absent: string } {
  const found = status.capabilities.find(entry => entry.name === name);
  if (!found) return 'lacks';
  return found.absent === undefined ? 'has' : { absent: found.absent };
}
