import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../statecharts/caller.ts';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { arrival, command, mara } from '../../statecharts/equipment/test-bench.ts';
import { FleetPage } from '../pages/fleet.tsx';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { ServicePanel } from './service.tsx';

afterEach(cleanup);

const maintainer: Caller = { ...mara, role: 'maintainer' };
const ben: Caller = { kind: 'user', id: 'ben', name: 'Ben', role: 'maintainer' };
const lockOf = (caller: Caller, commandId: string): EquipmentEvent => ({
  ...command('LOCK_OUT', { reason: 'belt off' }, caller),
  commandId,
});

async function panel(events: readonly EquipmentEvent[], role: 'operator' | 'maintainer' = 'maintainer') {
  const workshop = await openWorkshop({ role });
  workshop.show(events);
  const page = draw(workshop, <ServicePanel equipment="mill-1" />);
  const key = (name: string): HTMLElement => page.getByRole('button', { name });
  return { ...workshop, page, key };
}

test('[EQ55] a lock-out asks why before it is sent, and says so on the key', async () => {
  const { key, live, page } = await panel(arrival);
  fireEvent.click(key('Lock out …'));
  fireEvent.click(key('Lock out'));
  expect(key('Lock out').textContent).toContain('write why first');
  expect(live.sentOf('command')).toEqual([]);
  fireEvent.input(page.getByLabelText('Lock out: why?'), { target: { value: ' belt off ' } });
  fireEvent.click(key('Lock out'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'LOCK_OUT', args: { reason: 'belt off' } });
});

test('[EQ55] each lock has a key for whoever put it there; the key of another names its owner', async () => {
  const { key, live, page } = await panel([...arrival, lockOf(maintainer, 'l-1'), lockOf(ben, 'l-2')]);
  expect(page.getByRole('status').textContent).toContain('locked out');
  fireEvent.click(key('Remove the lock of Mara'));
  expect(live.sentOf('command')).toMatchObject([{ command: 'REMOVE_LOCK', args: { lock: 'l-1' } }]);
  expect(key('Remove the lock of Ben').textContent).toContain('This lock is of Ben');
  fireEvent.click(key('Remove the lock of Ben'));
  expect(live.sentOf('command')).toHaveLength(1);
});

test('[EQ55] an operator sees lock-out and service, each with the role that it needs', async () => {
  const { key } = await panel(arrival, 'operator');
  for (const name of ['Lock out …', 'Take out of service …']) expect(key(name).textContent).toContain('needs the role maintainer');
});

test('[EQ56] a machine out of service says who took it out and why, and returns with one key', async () => {
  const { key, live, page } = await panel([...arrival, command('TAKE_OUT_OF_SERVICE', { reason: 'spindle at the maker' }, maintainer)]);
  expect(page.container.textContent).toContain('Out of service: spindle at the maker');
  fireEvent.click(key('Return to service'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'RETURN_TO_SERVICE' });
});

test('[EQ56] due maintenance is told, and whether the machine may be used before', async () => {
  const items = [
    { id: 'p-1', text: 'Grease the spindle', since: 1, enforced: true },
    { id: 'p-2', text: 'Clean the bed', since: 1, enforced: false },
  ];
  const { page } = await panel([...arrival, { type: 'service.due', items, at: 10 }]);
  const [grease, clean] = page.getByRole('list', { name: 'Maintenance due' }).children;
  expect(grease?.textContent).toContain('enforced');
  expect(clean?.textContent).toContain('a reminder');
});

test('[EQ25] the port of a machine at rest is given free with one key, and taken again with its counterpart', async () => {
  const { key, live, page, show } = await panel(arrival);
  const part = page.getByRole('region', { name: 'Connection' });
  expect(part.textContent).toContain('1.1');
  fireEvent.click(key('Disconnect'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'DISCONNECT' });
  show([...arrival, command('DISCONNECT', {}, maintainer)]);
  await act(() => undefined);
  expect(part.textContent).toContain('neither sees nor stops the machine');
  fireEvent.click(key('Connect'));
  expect(live.sentOf('command')[1]).toMatchObject({ command: 'CONNECT' });
});

test('[EQ25] the key says whose machine it is', async () => {
  const { key } = await panel([...arrival, command('CHECK_IN', {}, ben)], 'operator');
  expect(key('Disconnect').textContent).toContain('Control is held by Ben');
});

test('[EQ32] the chain is an observation, and its reset is stated in words by somebody at the machine', async () => {
  const chain = (inputs: object): EquipmentEvent => ({ type: 'device.chain', inputs, at: 12 });
  const { key, live, page, show } = await panel([...arrival, chain({ emergencyStop: false, extraction: true })], 'operator');
  const rows = page.getByRole('region', { name: 'Safety chain' });
  expect(rows.textContent).toContain('Emergency stoppressed');
  expect(rows.textContent).toContain('Extractionruns');
  expect(rows.textContent).toContain('Airnot wired');
  expect(key('I have seen the reset').textContent).toContain('No reset of the safety chain is waited for');
  const pressedAndReleased = [chain({ emergencyStop: false, extraction: true }), chain({ emergencyStop: true, extraction: true })];
  act(() => void show([...arrival, ...pressedAndReleased]));
  fireEvent.click(key('I have seen the reset'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'SAFETY_RESET_OBSERVED', args: { statement: 'I have seen the reset' } });
});

test('[EQ55] the dashboard says locked out, by whom', async () => {
  const workshop = await openWorkshop();
  const page = draw(workshop, <FleetPage />);
  act(() => void workshop.show([...arrival, lockOf(ben, 'l-1')]));
  expect(page.getByRole('article', { name: 'Mill 1' }).querySelector('.tile__service')?.textContent).toContain('locked out by Ben');
});
