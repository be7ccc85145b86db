import type { Family } from '../family.ts';
import { equipmentSetup } from '../setup.ts';
import { enter, timer, when } from '../transitions.ts';
import { byHand, common, faults, tell } from './execution-parts.ts';

/** Aborted, Clearing, Stopped, Resetting, Idle and Complete: nothing is under way but what clears the device. */
export function restingStates(family: Family) {
  const { permitted, profile } = family;
  const { program } = profile;
  const abort = { ABORT: { ...permitted('ABORT'), target: 'Aborting' } } as const;
  const reset = { RESET: { ...permitted('RESET'), target: 'Resetting' } } as const;
  const stop = program ? ({ STOP: { ...permitted('STOP'), target: 'Stopping' } } as const) : {};
  const resting = { ...faults, ...abort } as const;
  const hands = profile.byHand ? byHand(family) : {};
  const jobs = program ? jobCommands(family) : {};
  const start = program
    ? ({ START: { ...permitted('START'), target: 'Starting', actions: ['beginRun', 'device.program.run'] } } as const)
    : {};
  const switching = program || profile.name !== 'switch' ? {} : switchCommands(family);
  const states = {
    Aborted: {
      entry: enter('execution', 'Aborted'),
      on: {
        'stop.pressed': { actions: 'device.abort' },
        CLEAR: { ...permitted('CLEAR'), target: 'Clearing', actions: 'device.clear' },
      },
    },
    Clearing: {
      entry: enter('execution', 'Clearing'),
      on: { ...common(family), 'device.condition': {}, 'device.cleared': { target: 'Stopped' } },
    },
    Stopped: { entry: enter('execution', 'Stopped'), on: { ...resting, ...hands, ...jobs, ...switching, ...reset } },
    Resetting: {
      entry: [enter('execution', 'Resetting'), timer.start('reset-settle')],
      exit: timer.cancel('reset-settle'),
      on: { ...resting, ...stop, 'timer.fired': { guard: when({ timer: 'reset-settle' }), target: 'Idle' } },
    },
    Idle: { entry: enter('execution', 'Idle'), on: { ...resting, ...hands, ...stop, ...jobs, ...switching, ...start } },
  } as const;
  const complete = { entry: enter('execution', 'Complete'), on: { ...resting, ...stop, ...jobs, ...reset } } as const;
  return equipmentSetup.createStateConfig({ states: program ? { ...states, Complete: complete } : states }).states;
}

function jobCommands({ permitted }: Family) {
  return {
    LOAD_JOB: { ...permitted('LOAD_JOB'), actions: [tell('job.unloaded'), 'loadJob', tell('job.loaded')] },
    UNLOAD_JOB: { ...permitted('UNLOAD_JOB'), actions: [tell('job.unloaded'), 'unloadJob'] },
  } as const;
}

function switchCommands({ permitted }: Family) {
  return {
    SWITCH_ON: { ...permitted('SWITCH_ON'), actions: 'device.switch' },
    SWITCH_OFF: { ...permitted('SWITCH_OFF'), actions: 'device.switch' },
  } as const;
}
