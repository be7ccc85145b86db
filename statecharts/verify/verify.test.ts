import { describe, expect, test } from 'vitest';
import { equipmentChart } from '../equipment/chart.ts';
import { temporal } from './temporal.ts';
import { verifyChart } from './verify.ts';
import { at, command, drop, dropPermit, mutant, type Plain, region } from './wrong-charts.ts';

const mutants: readonly (readonly [string, string, (states: Plain) => void])[] = [
  ['START without its guard', 'I1', states => drop(command(states, 'Idle', 'START'), 'guard')],
  ['START without asking for homing', 'I1', states => dropPermit(states, 'homed')],
  ['START without asking for the modes', 'I1', states => dropPermit(states, 'modes-reset')],
  ['START without asking for authority', 'I1', states => dropPermit(states, 'authority')],
  ['a door that does not suspend', 'I1', states => drop(region(states, 'execution', 'Execute'), 'device.condition')],
  ['a run that outlives its link', 'I1', states => drop(at(states, 'execution', 'on'), 'link.lost')],
  ['CLEAR under the latch', 'I2', states => drop(command(states, 'Aborted', 'CLEAR'), 'guard')],
  [
    'a latch that the link releases',
    'I2',
    states => {
      region(states, 'stopLatch', 'latched')['link.up'] = 'released';
    },
  ],
  ['no ABORT in Held', 'I3', states => drop(region(states, 'execution', 'Held'), 'ABORT')],
  ['a stop key that is not taken in Clearing', 'I3', states => drop(region(states, 'execution', 'Clearing'), 'stop.pressed')],
  [
    'STOP that asks for a role',
    'I3',
    states => {
      at(command(states, 'Execute', 'STOP'), 'guard', 'params').restrictions = ['state', 'role'] as unknown as Plain[];
    },
  ],
  [
    'HOLD that suspends',
    'I3',
    states => {
      command(states, 'Execute', 'HOLD').target = 'Suspending';
    },
  ],
  [
    'RESET that moves',
    'I4',
    states => {
      command(states, 'Stopped', 'RESET').actions = 'device.home';
    },
  ],
  [
    'RELEASE_STOP that resumes',
    'I4',
    states => {
      at(region(states, 'stopLatch', 'latched'), 'RELEASE_STOP').actions = 'device.resume';
    },
  ],
  [
    'a timer that resumes',
    'I4',
    states => {
      at(states, 'execution', 'states', 'Held', 'on')['timer.fired'] = { actions: 'device.resume', target: 'Unholding' };
    },
  ],
  [
    'RESET that starts',
    'I5',
    states => {
      command(states, 'Stopped', 'RESET').target = 'Starting';
    },
  ],
  [
    'RELEASE_STOP that starts',
    'I5',
    states => {
      at(states, 'execution', 'states', 'Aborted', 'on').RELEASE_STOP = { target: 'Starting' };
    },
  ],
  [
    'a mode that changes in a run',
    'I6',
    states => {
      at(states, 'mode', 'states', 'processing', 'on')['program.started'] = 'maintenance';
    },
  ],
  ['an abort that is never confirmed', 'I7', states => drop(region(states, 'execution', 'Aborting'), 'device.aborted')],
  ['a spindle that may start with the guard open', 'I8', states => dropPermit(states, 'safety')],
  [
    'a program that goes on when the door opens',
    'I8',
    states => {
      drop(region(states, 'execution', 'Execute'), 'device.condition');
    },
  ],
  ['an override that asks for nothing', 'I9', states => drop(command(states, 'Execute', 'OVERRIDE'), 'guard')],
  ['START that is offered and not taken', 'I9', states => drop(region(states, 'execution', 'Idle'), 'START')],
  ['an alarm that Held ignores', 'S1', states => drop(region(states, 'execution', 'Held'), 'device.alarm')],
  ['a stop that is never over', 'S2', states => drop(region(states, 'execution', 'Stopping'), 'device.stopped')],
  ['a jog that End job does not stop', 'S3', states => drop(at(states, 'mode', 'states', 'setup', 'states', 'jogging', 'on'), 'STOP')],
  [
    'control that stays after CHECK_OUT',
    'S4',
    states => {
      at(region(states, 'occupancy', 'occupied'), 'CHECK_OUT').target = 'occupied';
    },
  ],
  [
    'a state that lies to the facts',
    'F1',
    states => {
      at(states, 'execution', 'states', 'Held').entry = [];
    },
  ],
];

describe('verify', () => {
  // `npm run verify`, which the test command runs too, looks at every family.
  test.each(['switch'] as const)(
    'finds nothing to say against the chart of %s',
    profile => {
      const findings = verifyChart(equipmentChart(profile).config, profile);
      expect(findings.filter(finding => !finding.ok).map(finding => finding.line)).toEqual([]);
      expect(findings.map(finding => finding.id)).toEqual([
        'I1',
        'I2',
        'I3',
        'I4',
        'I5',
        'I6',
        'I8',
        'I9',
        'S1',
        'S2',
        'S3',
        'S4',
        'S5',
        'S6',
        'S7',
        'S8',
        'S9',
        'S10',
        'S11',
        'S12',
        'S13',
        'F1',
        ...temporal.flatMap(({ id, families }) => ((families?.includes(profile) ?? true) ? [id] : [])),
        'I7',
        'P1',
        'P2',
      ]);
    },
    60_000,
  );

  test.each(mutants)(
    'sees %s as a violation of %s, with the path there',
    (_, id, change) => {
      const finding = verifyChart(mutant(change), 'motion', { only: id }).find(one => one.id === id);
      expect(finding?.line).toContain('VIOLATED');
      expect(finding?.path.length).toBeGreaterThan(0);
      for (const event of finding?.path ?? []) expect(finding?.drawing).toContain(`>${event}</text>`);
    },
    60_000,
  );

  test('gives the shortest path to a violation', () => {
    const config = mutant(states => {
      at(states, 'stopLatch', 'states', 'latched', 'on')['link.up'] = 'released';
    });
    expect(verifyChart(config, 'motion', { only: 'I2' })[0]?.path).toEqual(['stop.pressed', 'link.up']);
  });
});
