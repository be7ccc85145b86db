/** Waits for a condition by asking again and again; fails with what it waited for. */
export async function until(what: string, condition: () => unknown, withinMs = 30_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await new Promise(resolve => setTimeout(resolve, 10));
  }
}
