import { fireEvent } from '@testing-library/preact';

/** Chooses one of a list as a person does; `fireEvent.change` of the library says `input` instead as soon as preact/compat is loaded. */
export function choose(select: HTMLElement, value: string): void {
  (select as HTMLSelectElement).value = value;
  fireEvent(select, new Event('change', { bubbles: true }));
}
