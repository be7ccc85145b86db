import { cleanup } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { preparation } from '../../statecharts/equipment/test-bench.ts';
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
