/** Parts of a whole, drawn one after the other; `uncertain` has a band of its own. Percentages. */
export function Bar(props: { label: string; done: number; uncertain?: readonly [number, number] }) {
  const [from, to] = props.uncertain ?? [0, 0];
  return (
    <div
      class="bar"
      role="progressbar"
      aria-label={props.label}
      aria-valuenow={Math.round(props.done)}
      aria-valuemin={0}
      aria-valuemax={100}
    >
      <i style={{ width: `${props.done}%` }} />
      {to > from && <u style={{ left: `${from}%`, width: `${Math.max(to - from, 1)}%` }} />}
    </div>
  );
}
