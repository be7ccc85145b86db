/** A shape of the sprite in index.html; always beside a word, so hidden from readers. */
export function Icon(props: { name: string; size?: 's' | 'm' | 'l' | 'xl'; class?: string }) {
  const size = props.size === 'm' || props.size === undefined ? 'i' : `i-${props.size}`;
  return (
    <svg class={props.class ? `${size} ${props.class}` : size} aria-hidden="true" focusable="false">
      <use href={`#${props.name}`} />
    </svg>
  );
}
