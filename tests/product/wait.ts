/** Waits until `probe` gives something other than undefined or false; the error says what was awaited and what was seen last. */
export async function until<T>(what: string, probe: () => T | Promise<T>, ms = 40_000): Promise<Exclude<T, undefined | false | null>> {
  const end = performance.now() + ms;
  let last: unknown;
  for (;;) {
    try {
      last = await probe();
      if (last !== undefined && last !== false && last !== null) return last as Exclude<T, undefined | false | null>;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) throw new Error(`waited ${ms} ms for: ${what}; last seen: ${describe(last)}`);
    await new Promise(resolve => setTimeout(resolve, 25));
  }
}

function describe(value: unknown): string {
  return value instanceof Error ? value.message : JSON.stringify(value)?.slice(0, 600);
}
