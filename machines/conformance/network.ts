import { expect, it } from 'vitest';
import type { OpenRig as Open } from './rig.ts';
import type { Subject } from './subject.ts';
import { receivedRealtime, receivedText, wireNow } from './wire.ts';

/** What only a connection over TCP can meet. */
export function onANetwork(subject: Subject, prepared: Open): void {
  it('[F7] throws a connection that swallows everything away: nothing that was under way arrives later', async () => {
    const rig = await prepared(2);
    rig.run(subject.program);
    await rig.until('motion', () => rig.condition() === 'running');
    await rig.simulator.verb({ verb: 'black_hole' });
    const since = wireNow();
    await rig.report('link.silent');
    await rig.report('link.lost');
    expect((await rig.report('program.ended')).outcome).toMatchObject({ result: 'interrupted' });
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    expect(receivedRealtime(rig.wire(since))[0]).toBe(subject.grammar.stop[0]);
    expect(receivedText(rig.wire(since))).toBe('');
  });

  it('writes from one connection at a time, each told by its own port', async () => {
    const rig = await prepared();
    await rig.simulator.verb({ verb: 'cut' });
    await rig.report('link.lost');
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced', 2);
    const peers = rig.wire().flatMap(entry => (entry.dir === 'in' ? [entry.peer] : []));
    const turns = peers.filter((peer, at) => peer !== peers[at - 1]);
    expect(turns).toHaveLength(2);
    expect(new Set(turns).size).toBe(2);
  });
}
