/** The strongly connected components of a graph (Tarjan), without recursion: there may be thousands of places in a row. */
export function components(places: readonly number[], out: (place: number) => readonly number[]): number[][] {
  const found: number[][] = [];
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const [stack, onStack] = [[] as number[], new Set<number>()];
  const lower = (place: number, to: number) => low.set(place, Math.min(low.get(place) ?? to, to));
  const enter = (place: number) => {
    order.set(place, order.size);
    low.set(place, order.size - 1);
    stack.push(place);
    onStack.add(place);
    return { place, left: [...out(place)] };
  };
  for (const root of places) {
    if (order.has(root)) continue;
    const walk = [enter(root)];
    for (let top = walk.at(-1); top; top = walk.at(-1)) {
      const there = top.left.pop();
      if (there === undefined) {
        walk.pop();
        const above = walk.at(-1);
        if (above) lower(above.place, low.get(top.place) ?? 0);
        if (low.get(top.place) === order.get(top.place)) found.push(cut(stack, onStack, top.place));
      } else if (!order.has(there)) walk.push(enter(there));
      else if (onStack.has(there)) lower(top.place, order.get(there) ?? 0);
    }
  }
  return found;
}

/** Takes from the stack all down to this place. */
function cut(stack: number[], onStack: Set<number>, place: number): number[] {
  const component = stack.splice(stack.lastIndexOf(place));
  for (const one of component) onStack.delete(one);
  return component;
}
