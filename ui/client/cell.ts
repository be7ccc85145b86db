/** A value that changes and tells: the read side of every store in the browser. `subscribe` has the shape of an actor's. */
export interface Readable<T> {
  getSnapshot(): T;
  subscribe(listener: () => void): { unsubscribe(): void };
}

/** A readable value that its owner sets. */
export interface Cell<T> extends Readable<T> {
  set(value: T): void;
  /** Sets what `change` makes of the present value. */
  update(change: (value: T) => T): void;
}

/** Makes a cell. Listeners hear after the value changed; setting the identical value tells nobody. */
export function cell<T>(initial: T): Cell<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    getSnapshot: () => value,
    set,
    update: change => set(change(value)),
    subscribe(listener) {
      listeners.add(listener);
      return { unsubscribe: () => void listeners.delete(listener) };
    },
  };
}
