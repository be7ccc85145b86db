import { type EquipmentContext, type EquipmentInput, initialContext } from './context.ts';

/**
 * What is wrong with a state that was not made by this chart itself, in one sentence; null when it is whole: it has every fact that this
 * chart knows and no other, and the regions among the facts are the state value.
 */
export function flawOf(state: { readonly value: unknown; readonly context: unknown }): string | null {
  const facts = state.context as Partial<EquipmentContext> | null;
  if (typeof facts !== 'object' || facts === null || typeof facts.input !== 'object') return 'It has no facts.';
  const whole = initialContext(facts.input as EquipmentInput);
  return (
    differing('facts', facts, whole) ??
    differing('regions', facts.regions, whole.regions) ??
    differing('times', facts.since, whole.since) ??
    contradiction(facts.regions ?? {}, state.value)
  );
}

/** Names that are missing or too many. */
function differing(what: string, found: object | undefined, wanted: object): string | null {
  const names = (of: object | undefined) => Object.keys(of ?? {}).sort();
  const missing = names(wanted).filter(name => !names(found).includes(name));
  const strange = names(found).filter(name => !names(wanted).includes(name));
  if (missing.length > 0) return `Its ${what} lack ${missing.join(', ')}.`;
  return strange.length > 0 ? `Its ${what} have ${strange.join(', ')}, which this chart does not know.` : null;
}

/** A region of which facts and state value say different things. */
function contradiction(regions: object, value: unknown): string | null {
  const leaves = new Map(Object.entries(typeof value === 'object' && value !== null ? value : {}).map(([name, at]) => [name, leafOf(at)]));
  const wrong = Object.entries(regions).find(([name, state]) => leaves.get(name) !== state);
  return wrong === undefined ? null : `Its facts say ${wrong[0]} ${String(wrong[1])}, its state says ${leaves.get(wrong[0]) ?? 'nothing'}.`;
}

/** Nested states joined by dots. */
function leafOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `${name}.${leafOf(inner)}`)
    .join('|');
}
