import { cleanup, within } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { toStatus, toSummary } from '../../statecharts/equipment/project.ts';
import { arrival, bench, command, mara, millInput } from '../../statecharts/equipment/test-bench.ts';
import { FleetPage } from '../pages/fleet.tsx';
import { MachinePage } from '../pages/machine.tsx';
import { draw } from '../testing/draw.tsx';
import { millTelemetry, openWorkshop } from '../testing/workshop.ts';

afterEach(cleanup);

const input = { ...millInput, name: 'Extractor', profile: 'switch', capabilities: [{ name: 'switch' }] } as const;
const online: readonly EquipmentEvent[] = arrival.map(event =>
  event.type === 'device.identified' ? { ...event, capabilities: input.capabilities, envelope: null } : event,
);
const output = (on: boolean): EquipmentEvent => ({ type: 'device.output', on, at: 20 });
const cleared: readonly EquipmentEvent[] = [
  ...online,
  output(false),
  command('CHECK_IN', {}, mara),
  command('CLEAR', {}, mara),
  { type: 'device.cleared', at: 8 },
];

/** The pages of a workshop whose only machine is a switch after these events. */
async function workshopOf(events: readonly EquipmentEvent[]) {
  const workshop = await openWorkshop();
  const { now } = workshop.world;
  const snapshot = { context: bench(events, input).facts() };
  const [status, summary] = [toStatus(snapshot, { seq: 7, decisionSeq: 3, at: now }), toSummary(snapshot, { at: now })];
  workshop.live.say({ type: 'status', data: status });
  workshop.live.say({ type: 'summaries', data: [summary] });
  workshop.live.say({ type: 'telemetry', data: { ...millTelemetry(now), n: 2, feed: null, spindle: null, work: null, machine: null } });
  return workshop;
}

test('[EQ140] a switch shows what its contact reads back, and keys only for what it can do', async () => {
  const workshop = await workshopOf([...cleared, output(true)]);
  const page = draw(workshop, <MachinePage equipment="mill-1" />);
  expect(page.container.textContent).not.toContain('homed');
  const panel = within(page.getByRole('region', { name: 'Switch' }));
  expect(panel.getByText('on')).toBeTruthy();
  expect(panel.getByRole('button', { name: 'Switch off' }).getAttribute('aria-disabled')).toBeNull();
  const on = panel.getByRole('button', { name: 'Switch on' });
  expect(on.getAttribute('aria-disabled')).toBe('true');
  expect(on.textContent).toContain('It is on already');
  const bar = within(page.getByRole('toolbar', { name: 'Commands' }));
  expect(bar.getAllByRole('button').map(key => key.getAttribute('aria-label'))).toEqual(['CLEAR', 'RESET']);
  for (const name of ['Feed and spindle', 'Programs and work space']) expect(page.queryByRole('region', { name })).toBeNull();
  expect(page.container.textContent).not.toContain('not homed');
});

test('[EQ140] a press asks for what the key says', async () => {
  const workshop = await workshopOf(cleared);
  const page = draw(workshop, <MachinePage equipment="mill-1" />);
  page.getByRole('button', { name: 'Switch on' }).click();
  expect(workshop.live.sentOf('command')).toMatchObject([{ command: 'SWITCH_ON' }]);
});

test('[EQ140] a contact that was not read is a dash, never the last one', async () => {
  const workshop = await workshopOf([...cleared, output(true), { type: 'link.silent', ms: 2_000, at: 30 }]);
  const page = draw(workshop, <MachinePage equipment="mill-1" />);
  const panel = page.getByRole('region', { name: 'Switch' });
  expect(panel.querySelector('.big')?.textContent).toContain('–');
});

test('the dashboard tells whether a switch is on, also while it is aborted, and no speeds', async () => {
  const workshop = await workshopOf([...online, output(true)]);
  const page = draw(workshop, <FleetPage />);
  const tile = page.getByRole('article', { name: 'Extractor' });
  expect(tile.textContent).toContain('Contacton');
  expect(tile.textContent).not.toContain('mm/min');
});
