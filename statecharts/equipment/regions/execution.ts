import { equipmentSetup } from '../setup.ts';
import { enter, permitted, when } from '../transitions.ts';
import { byHand, ended, endedInHold, faults, holdable, holdConfirmed, silence, tell, timer } from './execution-parts.ts';

const abort = { ABORT: { ...permitted('ABORT'), target: 'Aborting' } } as const;
const stop = { STOP: { ...permitted('STOP'), target: 'Stopping' } } as const;
const complete = {
  COMPLETE: { ...permitted('COMPLETE'), target: 'Completing', actions: ['confirmGuard', 'device.program.finish'] },
} as const;
const hold = { HOLD: { ...permitted('HOLD'), target: 'Holding', actions: 'device.hold' } } as const;
/** What can happen between programs, and with a machine under power. */
const resting = { ...faults, ...abort } as const;
const common = { ...faults, ...silence, ...abort } as const;
const producing = { ...common, ...stop, CHECK_OUT: { ...permitted('CHECK_OUT'), target: 'Stopping' } } as const;
const jobs = {
  LOAD_JOB: { ...permitted('LOAD_JOB'), actions: [tell('job.unloaded'), 'loadJob', tell('job.loaded')] },
  UNLOAD_JOB: { ...permitted('UNLOAD_JOB'), actions: [tell('job.unloaded'), 'unloadJob'] },
} as const;
const override = { OVERRIDE: { ...permitted('OVERRIDE'), actions: 'device.override' } } as const;
const resumed = { guard: when({ condition: ['running'] }), target: 'Execute', actions: tell('job.resumed') } as const;
const finished = { guard: when({ condition: ['idle'], run: 'ended' }), target: 'Complete' } as const;

/** The 17 states and 50 transitions of PackML [EQ70], and what the device itself can cause beside them [EQ80]. */
export const execution = equipmentSetup.createStateConfig({
  initial: 'Aborted',
  on: {
    // The device is out of reach, is another one, or has just been read: nothing that was under way goes on by itself.
    'authority.acquired': [
      { guard: when({ run: 'running' }), target: '.Aborted', actions: ['interruptRun', tell('job.ended')] },
      { target: '.Aborted' },
    ],
    // Handed over in Execute, but something came between: the run is over.
    'authority.continued': { guard: when({ run: 'running' }), actions: ['interruptRun', tell('job.ended')] },
    'authority.lost': { target: '.Aborted' },
    'link.up': { target: '.Aborted' },
    'link.lost': { target: '.Aborted' },
    'device.identity.changed': { target: '.Aborted' },
    'device.synced': { target: '.Aborted' },
    'program.ended': {
      guard: when({ result: ['complete', 'stopped', 'aborted', 'failed', 'interrupted'] }),
      actions: ['endRun', tell('job.ended')],
    },
  },
  states: {
    Clearing: {
      entry: enter('execution', 'Clearing'),
      on: { ...common, 'device.condition': {}, 'device.cleared': { target: 'Stopped' } },
    },
    Stopped: {
      entry: enter('execution', 'Stopped'),
      on: { ...resting, ...byHand, ...jobs, RESET: { ...permitted('RESET'), target: 'Resetting' } },
    },
    Resetting: {
      entry: [enter('execution', 'Resetting'), timer.start('reset-settle')],
      exit: timer.cancel('reset-settle'),
      on: { ...resting, ...stop, 'timer.fired': { guard: when({ timer: 'reset-settle' }), target: 'Idle' } },
    },
    Idle: {
      entry: enter('execution', 'Idle'),
      on: {
        ...resting,
        ...byHand,
        ...stop,
        ...jobs,
        START: { ...permitted('START'), target: 'Starting', actions: ['beginRun', 'device.program.run'] },
      },
    },
    Starting: {
      entry: enter('execution', 'Starting'),
      on: {
        ...producing,
        'program.started': { target: 'Execute', actions: tell('job.started') },
        'program.ended': ended,
        'device.condition': holdable,
      },
    },
    Execute: {
      entry: enter('execution', 'Execute'),
      on: {
        ...producing,
        ...hold,
        ...complete,
        ...override,
        'authority.continued': { guard: when({ run: 'running' }), actions: 'device.program.run' },
        SUSPEND: { ...permitted('SUSPEND'), target: 'Suspending', actions: 'device.hold' },
        'program.ended': ended,
        'device.condition': [...holdable, finished],
      },
    },
    Holding: {
      entry: [enter('execution', 'Holding'), timer.start('hold-confirm')],
      exit: timer.cancel('hold-confirm'),
      on: {
        ...common,
        ...stop,
        'program.ended': endedInHold,
        'device.condition': [
          ...faults['device.condition'],
          { guard: when({ condition: ['held', 'door-open', 'door-closed', 'idle'] }), target: 'Held' },
        ],
        'timer.fired': timer.confirm('Held'),
      },
    },
    Held: {
      entry: [enter('execution', 'Held'), holdConfirmed, tell('job.held')],
      on: {
        ...common,
        ...stop,
        ...complete,
        ...override,
        UNHOLD: { ...permitted('UNHOLD'), target: 'Unholding', actions: ['confirmGuard', 'device.resume'] },
        'program.ended': endedInHold,
        'device.condition': [...faults['device.condition'], finished, resumed],
      },
    },
    Unholding: {
      entry: enter('execution', 'Unholding'),
      on: {
        ...producing,
        'program.ended': ended,
        'device.condition': [...holdable, finished, resumed, { ...resumed, guard: when({ condition: ['idle'] }) }],
      },
    },
    Suspending: {
      entry: [enter('execution', 'Suspending'), timer.start('hold-confirm')],
      exit: timer.cancel('hold-confirm'),
      on: {
        ...common,
        ...stop,
        'program.ended': endedInHold,
        'device.condition': [
          ...faults['device.condition'],
          { guard: when({ condition: ['held', 'door-open', 'door-closed', 'idle'] }), target: 'Suspended' },
        ],
        'timer.fired': timer.confirm('Suspended'),
      },
    },
    Suspended: {
      entry: [enter('execution', 'Suspended'), holdConfirmed, tell('job.held')],
      on: {
        ...common,
        ...stop,
        ...hold,
        ...complete,
        UNSUSPEND: { ...permitted('UNSUSPEND'), target: 'Unsuspending', actions: ['confirmGuard', 'device.resume'] },
        'program.ended': endedInHold,
        'device.condition': [...faults['device.condition'], finished, resumed],
      },
    },
    Unsuspending: {
      entry: enter('execution', 'Unsuspending'),
      on: {
        ...producing,
        'program.ended': ended,
        'device.condition': [...holdable, finished, resumed, { ...resumed, guard: when({ condition: ['idle'] }) }],
      },
    },
    Completing: {
      entry: enter('execution', 'Completing'),
      on: { ...producing, 'program.ended': ended, 'device.condition': [...holdable, finished] },
    },
    Complete: {
      entry: enter('execution', 'Complete'),
      on: { ...resting, ...stop, ...jobs, RESET: { ...permitted('RESET'), target: 'Resetting' } },
    },
    Stopping: {
      entry: [enter('execution', 'Stopping'), 'device.stop'],
      on: { ...common, 'device.stopped': { target: 'Stopped' } },
    },
    Aborting: {
      entry: [enter('execution', 'Aborting'), 'device.abort'],
      on: {
        'stop.pressed': { actions: 'device.abort' },
        'device.aborted': { target: 'Aborted' },
        'effect.failed': { guard: when({ failed: ['device.abort'] }), target: 'Aborted', actions: 'doubt' },
      },
    },
    Aborted: {
      entry: enter('execution', 'Aborted'),
      on: {
        'stop.pressed': { actions: 'device.abort' },
        CLEAR: { ...permitted('CLEAR'), target: 'Clearing', actions: ['clearAlarms', 'device.clear'] },
      },
    },
  },
});
