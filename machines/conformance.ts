import { expect } from 'vitest';
import { faults } from './conformance/faults.ts';
import { jogging } from './conformance/jogging.ts';
import { connectionLosses } from './conformance/losses.ts';
import { onANetwork } from './conformance/network.ts';
import type { Rig } from './conformance/rig.ts';
import { connecting, running, units } from './conformance/running.ts';
import { stopping } from './conformance/stopping.ts';
import type { Subject } from './conformance/subject.ts';
import { suite } from './conformance/suite.ts';
import { receivedLines, receivedRealtime, type WireEntry } from './conformance/wire.ts';

/** The suite that every machine which runs programs passes over its simulator before it may stand in the catalog. */
export function conformance(subject: Subject): void {
  suite({ ...subject, checkWire: wire => expectGrammar(subject, wire) }, open => {
    const prepared = async (timeFactor = 20): Promise<Rig> => {
      const rig = await open(timeFactor);
      await rig.report('device.synced');
      await subject.prepare(rig);
      return rig;
    };
    connecting(subject, open, prepared);
    connectionLosses(subject.link, open, prepared);
    running(subject, prepared);
    faults(subject, prepared);
    stopping(subject, prepared);
    units(prepared);
    jogging(prepared);
    if (subject.link === 'tcp') onANetwork(subject, prepared);
  });
}

function expectGrammar(subject: Subject, wire: readonly WireEntry[]): void {
  const foreign = receivedLines(wire).filter(line => !subject.grammar.lines.some(rule => rule.test(line)));
  expect(foreign, 'lines outside the grammar').toEqual([]);
  expect(receivedRealtime(wire).filter(byte => !subject.grammar.realtime.includes(byte))).toEqual([]);
}
