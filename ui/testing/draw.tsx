import { render } from '@testing-library/preact';
import type { ComponentChildren } from 'preact';
import { ServicesContext } from '../components/hooks.ts';
import type { Workshop } from './workshop.ts';

/** Draws something as a logged-in page of this workshop would. */
export function draw(workshop: Workshop, children: ComponentChildren) {
  return render(<ServicesContext.Provider value={workshop.services}>{children}</ServicesContext.Provider>);
}
