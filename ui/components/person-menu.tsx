import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from '../../gateway/contract/auth.ts';
import { chooseTheme, keptTheme, themes } from '../client/theme.ts';
import { useServices } from './hooks.ts';

/** Who is logged in; opens theme and log-out. */
export function PersonMenu({ me }: { me: Me }) {
  const { session } = useServices();
  const [open, setOpen] = useState(false);
  const [theme, setTheme] = useState(keptTheme);
  const place = useRef<HTMLDivElement>(null);
  useDismiss(place, () => setOpen(false), open);
  return (
    <div class="who" ref={place}>
      <button
        type="button"
        class="who__key"
        aria-haspopup="true"
        aria-expanded={open}
        aria-label={`${me.name}, ${me.role}`}
        onClick={() => setOpen(!open)}
      >
        <span class="who__dot">{me.name.slice(0, 1).toUpperCase()}</span>
        <span class="who__name">{me.name}</span>
        <span class="label who__role">{me.role}</span>
      </button>
      {open && (
        <div class="menu">
          <fieldset class="seg seg--menu">
            <legend class="label">Theme</legend>
            {themes.map(choice => (
              <button
                type="button"
                key={choice}
                aria-pressed={choice === theme}
                onClick={() => {
                  chooseTheme(choice);
                  setTheme(choice);
                }}
              >
                {choice}
              </button>
            ))}
          </fieldset>
          <button type="button" class="btn btn--touch" onClick={() => void session.logOut()}>
            Log out
          </button>
        </div>
      )}
    </div>
  );
}

/** Closes something open on Escape and on a press elsewhere. Escape never stops a machine and never does anything else. */
export function useDismiss(place: { readonly current: HTMLElement | null }, close: () => void, open: boolean): void {
  useEffect(() => {
    if (!open) return;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') close();
    };
    const onPress = (event: PointerEvent): void => {
      if (event.target instanceof Node && !place.current?.contains(event.target)) close();
    };
    document.addEventListener('keydown', onKey);
    document.addEventListener('pointerdown', onPress);
    return () => {
      document.removeEventListener('keydown', onKey);
      document.removeEventListener('pointerdown', onPress);
    };
  }, [open, close, place]);
}
