import { act, render } from '@testing-library/preact';
import { useSelector } from '@xstate/react';
import { expect, test } from 'vitest';
import { arrival, running } from '../../statecharts/equipment/test-bench.ts';
import { openWorkshop } from '../testing/workshop.ts';
import type { RemoteActor } from './remote-actor.ts';

let drawn = 0;
function Execution({ actor }: { actor: RemoteActor }) {
  drawn += 1;
  const execution = useSelector(actor, status => status?.value.execution);
  return <b>{execution}</b>;
}

test('works with useSelector of @xstate/react and draws only when the selected value changes', async () => {
  const { services, show } = await openWorkshop();
  const { container } = render(<Execution actor={services.actor('mill-1')} />);
  expect(container.textContent).toBe('Idle');
  act(() => void show(running));
  expect(container.textContent).toBe('Execute');
  const before = drawn;
  act(() => void show(running));
  expect(drawn).toBe(before);
  act(() => void show(arrival));
  expect(container.textContent).toBe('Aborted');
});

test('tells an observer object and a function alike, until they unsubscribe', async () => {
  const { services, show } = await openWorkshop();
  const heard: (string | undefined)[] = [];
  const actor = services.actor('mill-1');
  const first = actor.subscribe(status => heard.push(status?.value.execution));
  const second = actor.subscribe({ next: status => heard.push(status?.value.execution) });
  show(running);
  first.unsubscribe();
  second.unsubscribe();
  show(arrival);
  expect(heard).toEqual(['Execute', 'Execute']);
});

test('sends an event as a command of its machine', async () => {
  const { services, live } = await openWorkshop();
  services.actor('mill-1').send({ type: 'OVERRIDE', kind: 'feed', percent: 90 });
  expect(live.sentOf('command')[0]).toMatchObject({ equipment: 'mill-1', command: 'OVERRIDE', args: { kind: 'feed', percent: 90 } });
});
