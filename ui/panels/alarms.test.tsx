import { act, cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { command, running } from '../../statecharts/equipment/test-bench.ts';
import { type StandingAlarm, worstFirst } from '../client/alarms.ts';
import { AttentionRail } from '../components/attention-rail.tsx';
import { useFleet } from '../components/fleet-rows.ts';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { AlarmsPanel } from './alarms.tsx';

afterEach(cleanup);

const limit = { type: 'device.alarm', code: 'hard-limit', text: 'Hard limit X', positionLost: true, at: 20 } as const;
const reset = { type: 'device.reset', asked: false, at: 30 } as const;

const alarm = (code: string, more: Partial<StandingAlarm>): StandingAlarm => {
  return { code, text: code, at: 1, priority: 2, first: false, acknowledged: null, ...more };
};

test('[EQ57] the worst comes first: what nobody has seen, then by rank, then what came first', () => {
  const seen = alarm('seen', { priority: 1, acknowledged: { by: 'Ben', at: 2 } });
  const list = [
    seen,
    alarm('later', { at: 9 }),
    alarm('first', { first: true, at: 5 }),
    alarm('worst', { priority: 1 }),
    alarm('note', { priority: 3 }),
  ];
  expect([...list].sort(worstFirst).map(({ code }) => code)).toEqual(['worst', 'first', 'later', 'note', 'seen']);
});

test('[EQ57] an alarm tells its rank in number and word, what came first, and that nobody has seen it', async () => {
  const workshop = await openWorkshop();
  workshop.show([...running, limit, reset]);
  const page = draw(workshop, <AlarmsPanel equipment="mill-1" />);
  const items = page.getAllByRole('listitem');
  expect(items).toHaveLength(2);
  expect(items[0]?.textContent).toContain('Hard limit X');
  expect(items[0]?.textContent).toContain('first out');
  expect(items[0]?.textContent).toContain('act now');
  expect(items[0]?.className).toContain('alarm--new');
  expect(items[1]?.textContent).not.toContain('first out');
});

test('[EQ57] the key acknowledges, and then the alarm names who has seen it', async () => {
  const workshop = await openWorkshop();
  workshop.show([...running, limit]);
  const page = draw(workshop, <AlarmsPanel equipment="mill-1" />);
  fireEvent.click(page.getByRole('button', { name: 'Acknowledge' }));
  expect(workshop.live.sentOf('command')[0]).toMatchObject({ command: 'ACK_ALARM' });
  act(() => void workshop.show([...running, limit, command('ACK_ALARM', {})]));
  expect(page.getByRole('listitem').textContent).toContain('ack Mara');
  expect(page.getByRole('listitem').className).not.toContain('alarm--new');
  expect(page.getByRole('button', { name: 'Acknowledge' }).textContent).toContain('No alarm waits to be acknowledged');
  act(() => void workshop.show(running));
  expect(page.queryByRole('region', { name: 'Alarms' })).toBeNull();
});

test('[EQ57] beside the dashboard one key acknowledges the alarms of a machine', async () => {
  const workshop = await openWorkshop();
  workshop.show([...running, limit, reset]);
  const Rail = () => <AttentionRail rows={useFleet()} />;
  const page = draw(workshop, <Rail />);
  expect(page.container.textContent).toContain('first out');
  fireEvent.click(page.getByRole('button', { name: 'Acknowledge the alarms of Mill 1' }));
  expect(workshop.live.sentOf('command')[0]).toMatchObject({ equipment: 'mill-1', command: 'ACK_ALARM' });
});
