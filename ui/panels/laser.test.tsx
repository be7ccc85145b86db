import { cleanup } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { toStatus } from '../../statecharts/equipment/project.ts';
import { bench, command, millInput, preparation } from '../../statecharts/equipment/test-bench.ts';
import { MachinePage } from '../pages/machine.tsx';
import { draw } from '../testing/draw.tsx';
import { millTelemetry, openWorkshop } from '../testing/workshop.ts';
import { LaserPanel } from './laser.tsx';

afterEach(cleanup);

/** The machine page of a machine with these words about its laser, whose device reports S 700. */
async function machine(laser: { name: 'laser'; absent?: string }) {
  const workshop = await openWorkshop();
  const status = workshop.show(preparation);
  const capabilities = [...status.capabilities.filter(({ name }) => name !== 'laser'), laser];
  workshop.live.say({ type: 'status', data: { ...status, capabilities } });
  workshop.live.say({ type: 'telemetry', data: { ...millTelemetry(workshop.world.now), n: 2, spindle: 700 } });
  return { page: draw(workshop, <MachinePage equipment="mill-1" />) };
}

test('a machine with a laser shows its beam in S, on or off, in place of a spindle', async () => {
  const { page } = await machine({ name: 'laser' });
  const panel = page.getByRole('region', { name: 'Feed and beam' });
  expect(panel.textContent).toContain('700S');
  expect(panel.textContent).toContain('Beamon');
  expect(page.queryByRole('region', { name: 'Feed and spindle' })).toBeNull();
});

test('a beam without power is off', async () => {
  const workshop = await openWorkshop();
  workshop.live.say({ type: 'telemetry', data: { ...millTelemetry(workshop.world.now), n: 2, spindle: 0 } });
  const page = draw(workshop, <LaserPanel equipment="mill-1" />);
  expect(page.getByText('off')).toBeTruthy();
});

test('a machine whose laser is absent turns a spindle in rpm', async () => {
  const { page } = await machine({ name: 'laser', absent: 'This equipment type is a mill.' });
  expect(page.getByRole('region', { name: 'Feed and spindle' }).textContent).toContain('700rpm');
  expect(page.queryByRole('region', { name: 'Feed and beam' })).toBeNull();
});

/** The panel of a laser after these events, from Idle with a job loaded. */
async function panelAfter(events: readonly EquipmentEvent[]) {
  const workshop = await openWorkshop();
  const capabilities = [...millInput.capabilities, { name: 'laser' } as const];
  const prepared = preparation.map(event => (event.type === 'device.identified' ? { ...event, capabilities } : event));
  const { context } = { context: bench([...prepared, ...events], { ...millInput, capabilities, profile: 'laser' }).facts() };
  workshop.live.say({ type: 'status', data: toStatus({ context }, { seq: 8, decisionSeq: 4, at: workshop.world.now }) });
  return { workshop, page: draw(workshop, <LaserPanel equipment="mill-1" />) };
}

test('[EQ121] a laser says that it is disarmed, and a press arms it for one run', async () => {
  const { workshop, page } = await panelAfter([]);
  expect(page.getByRole('status').textContent).toBe('disarmed');
  expect(page.getByRole('button', { name: 'Disarm' }).textContent).toContain('not armed');
  page.getByRole('button', { name: 'Arm' }).click();
  expect(workshop.live.sentOf('command')).toMatchObject([{ command: 'ARM_LASER' }]);
});

test('[EQ121] an armed laser says so, and can be disarmed', async () => {
  const { workshop, page } = await panelAfter([command('ARM_LASER', {})]);
  expect(page.getByRole('status').textContent).toBe('armed');
  page.getByRole('button', { name: 'Disarm' }).click();
  expect(workshop.live.sentOf('command')).toMatchObject([{ command: 'DISARM_LASER' }]);
});
