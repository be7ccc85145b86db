import { cleanup, fireEvent } from '@testing-library/preact';
import { afterEach, expect, test } from 'vitest';
import { draw } from '../testing/draw.tsx';
import { openWorkshop } from '../testing/workshop.ts';
import { Frame } from './frame.tsx';

afterEach(cleanup);

function Broken(): never {
  throw new Error('a mistake of ours');
}

test('a page that fails says so and leaves the stop where it is', async () => {
  const workshop = await openWorkshop();
  const page = draw(
    workshop,
    <Frame title="Mill 1" current="machines" equipment={{ id: 'mill-1', name: 'Mill 1' }}>
      <Broken />
    </Frame>,
  );
  expect(page.getByRole('alert').textContent).toContain('a mistake of ours');
  fireEvent.click(page.getByRole('button', { name: 'STOP Mill 1' }));
  expect(workshop.live.sentOf('stop')).toHaveLength(1);
});
