import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { hasRole, type Role } from '../../statecharts/caller.ts';
import { useMe } from './hooks.ts';

interface RoleKeyProps {
  readonly needs: Role;
  readonly label: string;
  readonly press: () => void;
  readonly class?: string;
  readonly children?: ComponentChildren;
  /** What is still missing although the role is there. */
  readonly lacks?: string | undefined;
  readonly expanded?: boolean;
}

/** A key for something that W.I.T. itself does, not a machine. Never mute: a missing role stands on it. */
export function RoleKey({ needs, label, press, children, lacks, expanded, ...rest }: RoleKeyProps) {
  const me = useMe();
  const reasonId = useId();
  const refused = hasRole(me, needs) ? lacks : `needs the role ${needs}; you are ${me.role}`;
  return (
    <button
      type="button"
      class={rest.class ?? 'btn btn--touch'}
      aria-label={label}
      aria-disabled={refused ? 'true' : undefined}
      aria-describedby={refused ? reasonId : undefined}
      aria-expanded={expanded}
      onClick={refused ? undefined : press}
    >
      <span class="key__words">
        {children ?? label}
        {refused && <small id={reasonId}>{refused}</small>}
      </span>
    </button>
  );
}
