import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { arrival, preparation, running } from '../../statecharts/equipment/test-bench.ts';
import { CommandBar } from '../panels/command-bar.tsx';
import { draw } from '../testing/draw.tsx';
import { openWorkshop, wayToStart } from '../testing/workshop.ts';
import { Frame } from './frame.tsx';

afterEach(cleanup);

async function millPage() {
  const workshop = await openWorkshop();
  const page = draw(
    workshop,
    <Frame title="Mill 1" current="machines" equipment={{ id: 'mill-1', name: 'Mill 1' }}>
      <CommandBar equipment="mill-1" />
    </Frame>,
  );
  const key = (name: string): HTMLElement => page.getByRole('button', { name });
  return { ...workshop, page, key };
}

test('a permitted command is sent bound to what is shown', async () => {
  const { key, live } = await millPage();
  expect(key('START').getAttribute('aria-disabled')).toBeNull();
  fireEvent.click(key('START'));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'START', seen: { epoch: 1, decisionSeq: 3 } });
});

test('[S9] a log-out that nobody answers is said to be none, and the page stays', async () => {
  const { key, page, services } = await millPage();
  fireEvent.click(key('Mara, operator'));
  fireEvent.click(key('Log out'));
  expect((await page.findByRole('alert')).textContent).toContain('You are still logged in');
  expect(services.session.state.getSnapshot().kind).toBe('open');
});

test('a command that cannot be done stays in place, says why, and sends nothing', async () => {
  const { key, live, page } = await millPage();
  const clear = key('CLEAR');
  expect(clear.getAttribute('aria-disabled')).toBe('true');
  expect(page.container.querySelector(`#${CSS.escape(clear.getAttribute('aria-describedby') ?? '')}`)?.textContent).toBe('needs Aborted');
  fireEvent.click(clear);
  expect(live.sentOf('command')).toEqual([]);
  expect(page.getByRole('dialog', { name: 'Why not CLEAR?' }).textContent).toContain('wrong-state');
});

test('why not lists every reason, and a remedy is a key that does it', async () => {
  const { key, live, page, show } = await millPage();
  act(() => void show(arrival));
  fireEvent.click(key('START'));
  const dialog = page.getByRole('dialog', { name: 'Why not START?' });
  expect(dialog.querySelectorAll('.reason').length).toBeGreaterThan(2);
  fireEvent.click(page.getByRole('button', { name: 'Take control.' }));
  expect(live.sentOf('command')[0]).toMatchObject({ command: 'CHECK_IN' });
});

test('[EQ106] why not shows the steps to the command, and who does each', async () => {
  const { key, page, show, world } = await millPage();
  const steps = [
    { kind: 'command', who: 'Ben', text: 'Ben: give up control.', command: 'CHECK_OUT', args: {} },
    { kind: 'happening', who: 'somebody at the machine', text: 'The guard is closed.', event: 'device.condition' },
  ];
  world.answers.set('GET /api/v1/equipment/mill-1/commands/START/path', wayToStart(steps));
  act(() => void show(arrival));
  fireEvent.click(key('START'));
  const way = await page.findByRole('region', { name: 'The way out' });
  expect([...way.querySelectorAll('li')].map(item => item.textContent?.trim())).toEqual([
    'Ben: give up control.',
    'The guard is closed. somebody at the machine',
  ]);
});

test('why not follows the machine while it is open, and Escape closes it without stopping anything', async () => {
  const { key, live, lane, page, show } = await millPage();
  act(() => void show(arrival));
  fireEvent.click(key('START'));
  act(() => void show(preparation));
  expect(page.getByRole('dialog').textContent).toContain('Nothing stands in the way any more.');
  const before = lane.sent.length;
  fireEvent.keyDown(document, { key: 'Escape' });
  expect(page.queryByRole('dialog')).toBeNull();
  expect(lane.sent.length).toBe(before);
  expect(live.sentOf('stop')).toEqual([]);
});

test('the keys follow the state of the machine', async () => {
  const { key, show } = await millPage();
  act(() => void show(running));
  expect(key('HOLD').getAttribute('aria-disabled')).toBeNull();
  expect(key('START').getAttribute('aria-disabled')).toBe('true');
});

test('without a connection only stop-like commands stay, and the page says that the job goes on', async () => {
  const { key, live, page, show } = await millPage();
  act(() => void show(running));
  act(() => live.close());
  expect(key('HOLD').getAttribute('aria-disabled')).toBeNull();
  expect(key('COMPLETE').getAttribute('aria-disabled')).toBe('true');
  expect(page.container.textContent).toContain('The job continues on the machine.');
  expect(key('STOP Mill 1')).toBeTruthy();
});

test('the stop key needs one press, shows its latency, and turns to NOT CONFIRMED', async () => {
  const { key, lane, page, world } = await millPage();
  fireEvent.click(key('STOP Mill 1'));
  const stopId = lane.sent.at(-1)?.stopId;
  act(() => lane.say({ stopId, equipment: 'mill-1', stage: 'written', ms: 1.2 }));
  expect(page.container.textContent).toContain('sent 1.2 ms');
  await act(() => world.advance(500));
  expect(page.container.textContent).toContain('NOT CONFIRMED – use the hardware stop');
  act(() => lane.say({ stopId, equipment: 'mill-1', stage: 'confirmed', ms: 640 }));
  expect(page.container.textContent).not.toContain('NOT CONFIRMED');
  expect(page.container.textContent).toContain('machine confirms 640 ms');
});

test('a finger on the stop key is one press, when it touches', async () => {
  const { key, services } = await millPage();
  fireEvent.pointerDown(key('STOP ALL'), { button: 0 });
  expect(services.stops.presses.getSnapshot()).toHaveLength(1);
  fireEvent.click(key('STOP ALL'), { detail: 1 });
  expect(services.stops.presses.getSnapshot()).toHaveLength(1);
});

test('what the owner refused is told in words until it is dismissed', async () => {
  const { key, live, page, world } = await millPage();
  fireEvent.click(key('START'));
  await act(async () => {
    live.say({ type: 'outcome', id: live.sentOf('command')[0]?.id, outcome: 'stale-view', seq: 0, reasons: [] });
    await world.advance(0);
  });
  expect(page.getByRole('alert').textContent).toContain('the machine had changed');
  fireEvent.click(page.getByRole('button', { name: 'Dismiss' }));
  expect(page.queryByRole('alert')).toBeNull();
});
