import { cleanup } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import type { EquipmentEvent } from '../../statecharts/equipment/events.ts';
import { arrival, command } from '../../statecharts/equipment/test-bench.ts';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { Connection } from './connection.tsx';

afterEach(cleanup);

const unplugged: EquipmentEvent = { type: 'link.lost', reason: 'unplugged', at: 80 };
const another: EquipmentEvent = { type: 'device.identity.changed', expected: 'a', found: 'b', at: 80 };
const moved: EquipmentEvent = { type: 'device.condition', condition: 'running', at: 80 };

test.each([
  ['is there', [], 'any · 1.1 · x', 'Disconnect', null],
  ['is out of reach', [unplugged], 'tries to reach it', 'Disconnect', null],
  ['is another one', [another], 'Another device answers', 'Disconnect', null],
  ['is moved by somebody else', [moved], 'any · 1.1 · x', 'Disconnect', 'The controller says: running.'],
  ['is disconnected', [command('DISCONNECT', {})], 'given free', 'Connect', null],
] satisfies [string, readonly EquipmentEvent[], string, string, string | null][])(
  '[EQ25] of a machine that %s the link is told as it is, with the key for it',
  async (_, then, words, name, refusal) => {
    const workshop = await openWorkshop({ role: 'maintainer' });
    workshop.show([...arrival, ...then]);
    const page = draw(workshop, <Connection equipment="mill-1" />);
    expect(page.container.textContent).toContain(words);
    const key = page.getByRole('button', { name });
    expect(key.getAttribute('aria-disabled')).toBe(refusal === null ? null : 'true');
    if (refusal !== null) expect(key.textContent).toContain(refusal);
    key.click();
    expect(workshop.live.sentOf('command').map(one => one.command)).toEqual(refusal === null ? [name.toUpperCase()] : []);
  },
);
