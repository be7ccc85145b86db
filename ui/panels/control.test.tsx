import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { Caller } from '../../statecharts/caller.ts';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { arrival, command, mara, preparation, running } from '../../statecharts/equipment/test-bench.ts';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { ControlPanel } from './control.tsx';

afterEach(cleanup);

const ben: Caller = { kind: 'user', id: 'ben', name: 'Ben', role: 'operator' };
/** The moment of the test's clock at which the events below happen. */
const now = 1_000_000;

/** The command at the test's own time, so that what it promises is still to come. */
function at<E extends EquipmentEvent>(event: E): E {
  return { ...event, at: now };
}

async function panel(events: readonly EquipmentEvent[], as: Parameters<typeof openWorkshop>[0] = {}) {
  const workshop = await openWorkshop(as);
  workshop.show(events);
  const page = draw(workshop, <ControlPanel equipment="mill-1" />);
  const key = (name: string): HTMLElement => page.getByRole('button', { name });
  const words = (): string => page.getByRole('region', { name: 'Control' }).textContent ?? '';
  return { ...workshop, page, key, words };
}

test('[EQ52] a free machine says so, and can be taken or kept', async () => {
  const { key, live, words } = await panel(arrival);
  expect(words()).toContain('Nobody holds control');
  fireEvent.click(key('Reserve …'));
  fireEvent.click(key('Reserve for 30 min'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'RESERVE', args: { minutes: 30 } });
  fireEvent.click(key('Check in'));
  expect(live.sentOf('command')[1]).toMatchObject({ command: 'CHECK_IN' });
});

test('[EQ52] a machine that is kept for somebody says for whom and how long, and refuses others with that name', async () => {
  const { key, live, words } = await panel([...arrival, at(command('RESERVE', { minutes: 15 }, ben))]);
  expect(words()).toContain('Kept for Ben');
  expect(words()).toContain('15:00 min left');
  expect(key('Check in').textContent).toContain('The machine is kept for Ben');
  fireEvent.click(key('Check in'));
  expect(live.sentOf('command')).toEqual([]);
  expect(key('Give it free').getAttribute('aria-disabled')).toBe('true');
});

test('[EQ52] whoever keeps the machine can give it free', async () => {
  const { key, live, words } = await panel([...arrival, at(command('RESERVE', {}))]);
  expect(words()).toContain('Kept for you');
  fireEvent.click(key('Give it free'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'CANCEL_RESERVATION' });
});

test('[EQ53] control that is offered is taken with one key by the person it is offered to', async () => {
  const offered = { ...at(command('HAND_OVER', { to: 'mara' }, ben)), facts: { person: { id: 'mara', name: 'Mara' } } };
  const { key, live, words } = await panel([...arrival, command('CHECK_IN', {}, ben), offered]);
  expect(words()).toContain('Ben offers you control');
  expect(words()).toContain('Answer within 2:00 min');
  fireEvent.click(key('Take control'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'CHECK_IN' });
});

test('[EQ53] whoever offers sees to whom, and keeps control until it is taken', async () => {
  const offered = { ...at(command('HAND_OVER', { to: 'ben' })), facts: { person: { id: 'ben', name: 'Ben' } } };
  const { page, words } = await panel([...preparation, offered]);
  expect(words()).toContain('You hold control');
  expect(words()).toContain('offered to Ben, 2:00 min left');
  expect(page.queryByRole('button', { name: 'Take control' })).toBeNull();
});

test('[EQ54] an absent holder is shown with the time, and with what becomes of the run', async () => {
  const { words, key } = await panel([...running, { type: 'holder.gone', at: now - 60_000 }], { id: 'ben', name: 'Ben' });
  expect(words()).toContain('Mara holds control');
  expect(words()).toContain('a run is held in 14:00 min');
  expect(key('Check out').getAttribute('aria-disabled')).toBe('true');
});

test('[EQ54] a holder who comes back takes control again', async () => {
  const { key, live } = await panel([...preparation, { type: 'holder.gone', at: now }]);
  expect(key('Hand over …').textContent).toContain('Mara counts as absent');
  fireEvent.click(key('Check in'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'CHECK_IN' });
});

test('[EQ53] hand-over is refused to whoever is not in control, with the reason on the key', async () => {
  const { key, show } = await panel([...arrival, command('CHECK_IN', {}, ben)]);
  expect(key('Hand over …').textContent).toContain('Control is held by Ben');
  act(() => void show([...arrival, command('CHECK_IN', {}, mara)]));
  expect(key('Hand over …').getAttribute('aria-disabled')).toBeNull();
});
