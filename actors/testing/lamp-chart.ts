import { assign, setup } from 'xstate';
import type { Chart, ChartEvent, ChartState } from '../system/chart.ts';

type LampEvent = ChartEvent;

/** A small chart for tests of the runtime: a lamp that can be switched and broken, with an alarm clock. It records effects as the real ones do. */
const lamp = setup({
  types: { context: {} as { switched: number; rung: number }, events: {} as LampEvent },
  actions: { 'lamp.light': () => undefined, 'lamp.dark': () => undefined, 'timer.start': () => undefined, 'timer.cancel': () => undefined },
  guards: {
    explodes: () => {
      throw new Error('a guard threw');
    },
    explodesInTheDark: ({ context }) => {
      if (context.switched === 0) throw new Error('nobody ever switched the light on');
      return true;
    },
  },
}).createMachine({
  id: 'lamp',
  initial: 'off',
  context: { switched: 0, rung: 0 },
  on: {
    'fuse.blown': { target: '.broken', actions: 'lamp.dark' },
    EXPLODE: { guard: 'explodes', target: '.broken' },
    'bomb.found': { guard: 'explodesInTheDark', target: '.broken' },
    'alarm.set': { actions: 'timer.start' },
    'alarm.clear': { actions: 'timer.cancel' },
    'timer.fired': { actions: assign({ rung: ({ context }) => context.rung + 1 }) },
  },
  states: {
    off: { on: { ON: { target: 'on', actions: ['lamp.light', assign({ switched: ({ context }) => context.switched + 1 })] } } },
    on: { on: { OFF: { target: 'off', actions: 'lamp.dark' }, STOP: { target: 'off', actions: 'lamp.dark' } } },
    broken: {},
  },
});

/** What a lamp's status says. */
export interface LampStatus {
  readonly state: string;
  readonly switched: number;
  /** How often its alarm clock rang. */
  readonly rung: number;
  readonly seq: number;
  readonly at: number;
  readonly degraded: readonly string[];
}

/** ON and OFF are refused where the lamp has no such transition; STOP is stop-like. */
export const lampChart: Chart<LampStatus> = {
  id: 'lamp',
  version: '1.0.0',
  hash: 'lamp-1',
  migrations: [],
  flaw: ({ context }) => (typeof context.switched === 'number' ? null : 'It does not know how often it was switched.'),
  machine: lamp,
  input: undefined,
  recorders: record => ({
    'lamp.light': () => record({ type: 'lamp.light' }),
    'lamp.dark': () => record({ type: 'lamp.dark' }),
    'timer.start': ({ event: { ms } }) => record({ type: 'timer.start', id: 'alarm', ms }),
    'timer.cancel': () => record({ type: 'timer.cancel', id: 'alarm' }),
  }),
  effectClass: effect => (effect.type === 'lamp.light' ? 'physical' : 'idempotent'),
  isStopLike: command => command === 'STOP',
  toEvent: (request, at) => ({ type: request.command, at, by: request.caller.id, commandId: request.id }),
  decide: (state, request) => (takes(state, request.command) ? [] : [{ code: 'state', message: `The lamp is ${String(state.value)}.` }]),
  decisionDigest: state => String(state.value),
  toStatus: (state, frame) => ({
    state: String(state.value),
    switched: state.context.switched,
    rung: state.context.rung,
    seq: frame.seq,
    at: frame.at,
    degraded: frame.degraded.map(one => one.code),
  }),
};

function takes(state: ChartState, command: string): boolean {
  const commands: Readonly<Record<string, readonly string[]>> = { off: ['ON', 'EXPLODE'], on: ['OFF', 'STOP'], broken: [] };
  return commands[String(state.value)]?.includes(command) ?? false;
}
