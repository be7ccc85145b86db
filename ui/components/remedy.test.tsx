import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../statecharts/caller.ts';
import { toStatus } from '../../statecharts/equipment/project.ts';
import { arrival, bench, command, mara, millInput, preparation } from '../../statecharts/equipment/test-bench.ts';
import type { SiteFacts } from '../../statecharts/site/fact.ts';
import { CommandBar } from '../panels/command-bar.tsx';
import { draw } from '../testing/draw.tsx';
import { openWorkshop, wayToStart } from '../testing/workshop.ts';
import { Frame } from './frame.tsx';

afterEach(cleanup);

async function millPage(as: Parameters<typeof openWorkshop>[0] = {}) {
  const workshop = await openWorkshop(as);
  const page = draw(
    workshop,
    <Frame title="Mill 1" current="machines" equipment={{ id: 'mill-1', name: 'Mill 1' }}>
      <CommandBar equipment="mill-1" />
    </Frame>,
  );
  const whyNot = (name: string): HTMLElement => {
    fireEvent.click(page.getByRole('button', { name }));
    return page.getByRole('dialog', { name: `Why not ${name}?` });
  };
  return { ...workshop, page, whyNot };
}

const off: SiteFacts = {
  'equipment/extractor-1': { known: true, at: 1, value: { kind: 'equipment', name: 'Extractor 1', producing: false, output: 'off' } },
};
const extraction = {
  id: 'extraction',
  version: 1,
  template: 'equipment-running',
  params: { equipment: 'extractor-1' },
  onLoss: 'hold',
} as const;

/** The extractor, online, off, in the hands of Mara. */
function extractorStatus(at: number) {
  const input = { ...millInput, id: 'extractor-1', name: 'Extractor 1', profile: 'switch', capabilities: [{ name: 'switch' }] } as const;
  const events = [
    { type: 'authority.acquired', epoch: 1, at: 1 },
    { type: 'link.up', at: 2 },
    {
      type: 'device.identified',
      firmware: 'any',
      version: '1',
      identity: 'x',
      capabilities: input.capabilities,
      envelope: null,
      simulated: true,
      at: 3,
    },
    { type: 'device.synced', condition: 'idle', homed: false, heldByUs: false, at: 4 },
    { type: 'device.output', on: false, at: 5 },
    command('CHECK_IN', {}),
    command('CLEAR', {}),
    { type: 'device.cleared', at: 6 },
  ] as const;
  return toStatus({ context: bench(events, input).facts() }, { seq: 3, decisionSeq: 2, at });
}

test('[EQ150] a rule that waits for another equipment is answered with a key for that equipment', async () => {
  const { live, page, show, whyNot, world } = await millPage();
  act(() => {
    show([...preparation, { type: 'site.changed', rules: [extraction], facts: off, at: 20 }]);
    live.say({ type: 'status', data: extractorStatus(world.now) });
  });
  const dialog = whyNot('START');
  expect(dialog.textContent).toContain('Extractor 1 does not run.');
  fireEvent.click(page.getByRole('button', { name: 'Switch Extractor 1 on.' }));
  expect(live.sentOf('command')[0]).toMatchObject({ equipment: 'extractor-1', command: 'SWITCH_ON' });
  expect(live.sentOf('subscribe').flatMap(frame => frame.topics)).toContain('equipment/extractor-1/status');
});

test('[EQ55] of several locks the own one is removed from the list of reasons; the other names its owner', async () => {
  const maintainer: Caller = { ...mara, role: 'maintainer' };
  const ben: Caller = { kind: 'user', id: 'ben', name: 'Ben', role: 'maintainer' };
  const { live, page, show, whyNot } = await millPage({ role: 'maintainer' });
  const lock = (caller: Caller, commandId: string) => ({ ...command('LOCK_OUT', { reason: 'belt off' }, caller), commandId });
  act(() => void show([...arrival, command('CHECK_IN', {}), lock(maintainer, 'l-1'), lock(ben, 'l-2')]));
  const dialog = whyNot('START');
  expect(dialog.textContent).toContain('Locked out by Ben: belt off.');
  fireEvent.click(page.getByRole('button', { name: 'Remove your lock' }));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'REMOVE_LOCK', args: { lock: 'l-1' } });
  expect(page.queryByRole('button', { name: 'Ben removes this lock when the work is done.' })).toBeNull();
});

test('[EQ154] a reason that ends by itself is counted down', async () => {
  const { show, whyNot, world } = await millPage();
  const booked = { kind: 'booking', current: { id: 'ben', name: 'Ben', until: world.now + 90_000 }, next: null } as const;
  act(
    () =>
      void show([...preparation, { type: 'site.changed', rules: [], facts: { booking: { known: true, at: 1, value: booked } }, at: 20 }]),
  );
  expect(whyNot('START').textContent).toContain('This is the booked time of Ben. bookedEnds by itself in 1:30 min.');
});

test('[EQ106] the first step of the way out is a key for whoever may take it now', async () => {
  const { live, page, show, whyNot, world } = await millPage();
  const steps = [
    { kind: 'command', who: 'you', text: 'Take control.', command: 'CHECK_IN', args: {} },
    { kind: 'command', who: 'you', text: 'Clear the machine.', command: 'CLEAR', args: {} },
  ];
  world.answers.set('GET /api/v1/equipment/mill-1/commands/START/path', wayToStart(steps));
  act(() => void show(arrival));
  whyNot('START');
  fireEvent.click(await page.findByRole('button', { name: 'Step 1: Take control.' }));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'CHECK_IN' });
  expect(page.queryByRole('button', { name: /Step 2/ })).toBeNull();
});

test('[SR10] whoever is asked not to be alone states with one key to be in the workshop', async () => {
  const { page, show, whyNot, world } = await millPage({ presence: {} });
  const evening = {
    id: 'e',
    version: 1,
    template: 'not-alone',
    params: { from: '20:00', to: '06:00', days: [], people: 2 },
    onLoss: 'hold',
  } as const;
  const facts: SiteFacts = {
    'window/20:00-06:00/': { known: true, at: 1, value: { kind: 'window', active: true, until: world.now + 60_000 } },
    people: { known: true, at: 1, value: { kind: 'people', present: [] } },
  };
  act(() => void show([...preparation, { type: 'site.changed', rules: [evening], facts, at: 20 }]));
  whyNot('START');
  fireEvent.click(page.getByRole('button', { name: 'I am in the workshop' }));
  expect(world.requests.find(one => one.path.endsWith('auth/presence'))?.body).toEqual({ equipment: null });
});
