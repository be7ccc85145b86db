import { useEffect, useRef, useState } from 'preact/hooks';
import type { Me } from '../../gateway/contract/auth.ts';
import type { ApiError } from '../client/api.ts';
import { leftText } from '../client/lease.ts';
import { isHere } from '../client/remedies.ts';
import { chooseTheme, keptTheme, themes } from '../client/theme.ts';
import { useNow, useServices } from './hooks.ts';
import { Link } from './link.tsx';
import { Trouble } from './trouble.tsx';

/** Who is logged in; opens theme and log-out. */
export function PersonMenu({ me }: { me: Me }) {
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
          <InWorkshop me={me} />
          <Link to="/people" class="btn btn--touch">
            People and trainings
          </Link>
          <Link to="/rules" class="btn btn--touch">
            Rules of the workshop
          </Link>
          <LogOut />
        </div>
      )}
    </div>
  );
}

function LogOut() {
  const { session } = useServices();
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <>
      <button type="button" class="btn btn--touch" onClick={() => void session.logOut().then(setError)}>
        Log out
      </button>
      <Trouble error={error} />
    </>
  );
}

/** "I am in the workshop", for an hour: rules may ask who is here. */
function InWorkshop({ me }: { me: Me }) {
  const { session } = useServices();
  const [error, setError] = useState<ApiError | null>(null);
  const now = useNow(1_000);
  const until = me.inWorkshop ?? 0;
  return (
    <div class="menu__here">
      <p class="label">{until > now ? `You are in the workshop, ${leftText(until, now)} left` : 'You have not said that you are here'}</p>
      <button type="button" class="btn btn--touch" onClick={() => void session.statePresence(null).then(setError)}>
        I am in the workshop
      </button>
      {isHere(me, now) && (
        <button type="button" class="btn btn--touch btn--quiet" onClick={() => void session.leaveWorkshop().then(setError)}>
          I leave
        </button>
      )}
      <Trouble error={error} />
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
