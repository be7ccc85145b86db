import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { arrival, command, type running } from '../../statecharts/equipment/test-bench.ts';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { JogPanel } from './jog.tsx';

afterEach(cleanup);

const inSetup: typeof running = [
  ...arrival,
  command('CHECK_IN', {}),
  command('CLEAR', {}),
  { type: 'device.cleared', at: 6 },
  { type: 'device.homed', at: 7 },
  command('SET_MODE', { mode: 'setup' }),
];

async function panel() {
  const workshop = await openWorkshop();
  workshop.show(inSetup);
  const page = draw(workshop, <JogPanel equipment="mill-1" />);
  const key = (name: string): HTMLElement => page.getByRole('button', { name });
  const isHeld = (): boolean => workshop.services.jog('mill-1').state.getSnapshot().kind === 'held';
  return { ...workshop, page, key, isHeld };
}

test('runs while the pointer is down', async () => {
  const { key, isHeld, live } = await panel();
  fireEvent.pointerDown(key('X+'), { button: 0 });
  expect(isHeld()).toBe(true);
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'JOG', args: { direction: { x: 1 }, feed: 300 } });
  fireEvent.pointerUp(key('X+'));
  expect(isHeld()).toBe(false);
});

test.each(['pointerCancel', 'pointerLeave', 'focusOut'] as const)('ends on %s', async how => {
  const { key, isHeld } = await panel();
  fireEvent.pointerDown(key('Y−'), { button: 0 });
  fireEvent[how](key('Y−'));
  expect(isHeld()).toBe(false);
});

test('ends when the window loses the focus, and when the page is hidden', async () => {
  const { key, isHeld } = await panel();
  fireEvent.pointerDown(key('Z+'), { button: 0 });
  act(() => void window.dispatchEvent(new Event('blur')));
  expect(isHeld()).toBe(false);
  fireEvent.pointerDown(key('Z+'), { button: 0 });
  Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
  act(() => void document.dispatchEvent(new Event('visibilitychange')));
  Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
  expect(isHeld()).toBe(false);
});

test('runs while a key of the keyboard is down; repeats of it are the same press', async () => {
  const { page, isHeld, live } = await panel();
  const pad = page.getByRole('group', { name: /Jog keys/ });
  fireEvent.keyDown(pad, { key: 'ArrowRight' });
  fireEvent.keyDown(pad, { key: 'ArrowRight', repeat: true });
  expect(isHeld()).toBe(true);
  fireEvent.keyUp(pad, { key: 'ArrowRight' });
  expect(isHeld()).toBe(false);
  expect(live.sentOf('command')).toHaveLength(1);
});

test('moves one step per press when a step is chosen', async () => {
  const { key, isHeld, live } = await panel();
  fireEvent.click(key('0.1'));
  fireEvent.pointerDown(key('X−'), { button: 0 });
  expect(isHeld()).toBe(false);
  fireEvent.click(key('X−'));
  expect(live.sentOf('command')[0]).toMatchObject({ args: { direction: { x: -1 }, distance: 0.1 } });
});

test('says why not and sends nothing where jogging is not allowed', async () => {
  const { key, live, page, show } = await panel();
  act(() => void show(arrival));
  fireEvent.pointerDown(key('X+'), { button: 0 });
  expect(live.sentOf('command')).toEqual([]);
  expect(page.getByRole('status').textContent).not.toBe('');
});

test('leaving the page ends the jog', async () => {
  const { key, isHeld, page } = await panel();
  fireEvent.pointerDown(key('X+'), { button: 0 });
  page.unmount();
  expect(isHeld()).toBe(false);
});
