import { expect, test } from 'vitest';
import type { StopStage } from '../contract/live.ts';
import type { NodeLine } from './node-sockets.ts';
import { outcomeOf } from './press-outcome.ts';

const node = (equipment: readonly string[], alive = true): NodeLine => ({ alive, equipment, press: () => true });
const stage = (equipment: string, reached: StopStage['stage']): StopStage => ({ stopId: 'stop-1', equipment, stage: reached, ms: 0 });
const mill = [stage('mill-1', 'written'), stage('mill-1', 'confirmed')];
const laser = [stage('laser-1', 'written'), stage('laser-1', 'confirmed')];
const both = [node(['mill-1']), node(['laser-1'])];

test('[F17] a press for all is confirmed when every machine of every node has confirmed', () => {
  expect(outcomeOf({ equipment: 'all', stages: [...mill, ...laser] }, both)).toEqual({ written: true, confirmed: true });
});

test.each([
  ['one machine was only written', [...mill, stage('laser-1', 'written')], both, true],
  ['one machine was not written', [...mill, stage('laser-1', 'not-written')], both, false],
  ['one machine has said nothing', mill, both, false],
  ['a machine that no node lists answered with written only', [...mill, stage('laser-1', 'written')], [node(['mill-1'])], true],
  ['a node is silent, whatever it owns', [...mill, ...laser], [...both, node([], false)], false],
  ['no node is known', mill, [], false],
  ['no machine is known', [stage('all', 'node-silent')], [node([])], false],
])('[F17] a press for all is not confirmed when %s', (_title, stages, nodes, written) => {
  expect(outcomeOf({ equipment: 'all', stages }, nodes)).toEqual({ written, confirmed: false });
});

test('[F17] a press for one machine is confirmed by that one alone, also when it was silent first', () => {
  expect(outcomeOf({ equipment: 'laser-1', stages: mill }, both)).toEqual({ written: false, confirmed: false });
  const late = [stage('laser-1', 'node-silent'), ...laser];
  expect(outcomeOf({ equipment: 'laser-1', stages: late }, [node(['mill-1'], false)])).toEqual({ written: true, confirmed: true });
});
