import { expect, it } from 'vitest';
import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';
import type { OpenRig, Rig } from './rig.ts';
import type { LinkKind } from './simulator-process.ts';

/** A way in which a device at rest gets out of reach, and the end of it. */
interface Loss {
  readonly name: string;
  readonly begin: { readonly verb: string };
  readonly end: { readonly verb: string };
  /** What the driver says of it. */
  readonly says: 'link.lost' | 'link.silent';
}

const unplugged: Loss = { name: 'its port is gone', begin: { verb: 'cut' }, end: { verb: 'restore' }, says: 'link.lost' };
const mute: Loss = { name: 'it does not answer', begin: { verb: 'dont_answer' }, end: { verb: 'answer' }, says: 'link.silent' };
const losses: Readonly<Record<LinkKind, readonly Loss[]>> = {
  serial: [unplugged, mute],
  tcp: [
    { ...unplugged, name: 'its connection is reset and then refused' },
    mute,
    { name: 'nothing passes any more', begin: { verb: 'black_hole' }, end: { verb: 'restore' }, says: 'link.silent' },
  ],
};

const jogId = '00000000-0000-7000-8000-000000000002';
/** Everything that can be asked of a driver. */
const effects: readonly DeviceEffect[] = [
  { type: 'device.hold' },
  { type: 'device.resume' },
  { type: 'device.stop' },
  { type: 'device.clear' },
  { type: 'device.home' },
  { type: 'device.jog', jog: { jogId, direction: { x: -1 }, feed: 600, distance: 5 } },
  { type: 'device.jog.cancel' },
  { type: 'device.mdi', line: 'G0X-1' },
  { type: 'device.override', override: { kind: 'feed', percent: 90 } },
  { type: 'device.program.finish' },
  { type: 'device.abort' },
];

/** [G8] A lost connection is a state: it is said with its cause, everything is answered, and nothing throws. */
export function connectionLosses(link: LinkKind, open: OpenRig, prepared: OpenRig): void {
  it('[G8] says once why there is nothing at its port when it is opened, answers whatever it is asked, and connects when there is', async () => {
    const rig = await open(20, simulator => simulator.verb({ verb: 'cut' }));
    const { reason } = await rig.report('link.lost');
    expect(reason).toMatch(link === 'serial' ? /^There is no port / : /cannot be reached: .*ECONNREFUSED/);
    await askEverything(rig);
    expect(rig.of('link.lost')).toHaveLength(1);
    expect(rig.of('link.up')).toEqual([]);
    await rig.simulator.verb({ verb: 'restore' });
    await rig.report('device.synced');
  });

  const named = losses[link].map(loss => [loss.name, loss] as const);
  it.each(named)('[G8] survives that %s, says so, answers whatever it is asked, and is there again afterwards', async (_, loss) => {
    const rig = await prepared();
    const known = rig.of('device.synced').length;
    await rig.simulator.verb(loss.begin);
    await rig.report(loss.says);
    await askEverything(rig);
    await rig.simulator.verb(loss.end);
    const isBack = () => rig.of('device.synced').length > known || (link === 'serial' && rig.of('link.answering').length > 0);
    await rig.until('it is there again', isBack);
    for (const { reason } of rig.of('link.lost')) expect(reason).toMatch(/^[A-Z].{10,}\.$/s);
  });
}

/** No effect throws; what was to begin is answered with its end or its failure. */
async function askEverything(rig: Rig): Promise<void> {
  for (const effect of effects) rig.driver.perform(effect);
  rig.driver.grantJog?.(jogId);
  rig.run(['G0X-1']);
  expect((await rig.report('program.ended')).outcome.result).not.toBe('complete');
  expect((await rig.report('mdi.answered')).error).toBeDefined();
  await rig.report('jog.ended');
  expect(typeof rig.driver.stop()).toBe('boolean');
  expect(rig.driver.program?.facts()).toBeDefined();
}
