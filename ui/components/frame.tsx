import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { timeText } from '../client/truth.ts';
import { bannerOf } from './banner.ts';
import { Boundary } from './boundary.tsx';
import { useFleet } from './fleet-rows.ts';
import { useCell, useMe, useNow, useServices } from './hooks.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { OutcomeNote } from './outcome-note.tsx';
import { PersonMenu } from './person-menu.tsx';
import { StopKeys } from './stop-keys.tsx';
import { WhyContext, type WhyQuestion } from './why.ts';
import { WhyNot } from './why-not.tsx';

interface FrameProps {
  readonly title: string;
  readonly current: 'fleet' | 'machines' | 'people' | 'rules';
  readonly children: ComponentChildren;
  /** What stands beside the page and becomes a drawer on narrow screens. */
  readonly rail?: ComponentChildren;
  readonly railName?: string;
  /** The word on the key that opens the drawer; the rail's name when absent. */
  readonly railKey?: string;
  /** The machine of this page, for its own stop key. */
  readonly equipment?: { readonly id: string; readonly name: string };
}

/** The frame of every page: navigation, truth, the rail, and the stop in its fixed corner. */
export function Frame({ title, current, children, rail, railName = 'More', railKey, equipment }: FrameProps) {
  const [drawer, setDrawer] = useState(false);
  const [question, setQuestion] = useState<WhyQuestion | null>(null);
  useEffect(() => {
    document.title = `${title} · W.I.T.`;
  }, [title]);
  return (
    <WhyContext.Provider value={setQuestion}>
      <div class={drawer ? 'app app--drawer' : 'app'}>
        <Navigation current={current} />
        <TopBar drawer={rail ? { open: drawer, name: railKey ?? railName, toggle: () => setDrawer(!drawer) } : null} />
        <main class="main">
          <Boundary key={title}>{children}</Boundary>
          <OutcomeNote />
          {question && <WhyNot key={`${question.equipment} ${question.command}`} question={question} close={() => setQuestion(null)} />}
        </main>
        {rail && (
          <aside class="rail" aria-label={railName}>
            <Boundary>{rail}</Boundary>
          </aside>
        )}
        <StopKeys {...(equipment ? { equipment } : {})} />
      </div>
    </WhyContext.Provider>
  );
}

function Navigation({ current }: { current: FrameProps['current'] }) {
  const waiting = useFleet().filter(row => row.needsPerson).length;
  return (
    <nav class="nav" aria-label="Main">
      <div class="nav__mark">W.I.T.</div>
      <Link to="/" current={current === 'fleet'}>
        <Icon name="n-dash" />
        <span>Dashboard</span>
        {waiting > 0 && (
          <span class="nav__count">
            {waiting}
            <span class="hidden"> need a person</span>
          </span>
        )}
      </Link>
      <Link to="/machines" current={current === 'machines'}>
        <Icon name="n-machine" />
        <span>Machines</span>
      </Link>
      <Link to="/people" current={current === 'people'}>
        <Icon name="person" />
        <span>People</span>
      </Link>
      <Link to="/rules" current={current === 'rules'}>
        <Icon name="n-rules" />
        <span>Rules</span>
      </Link>
    </nav>
  );
}

interface DrawerKey {
  readonly open: boolean;
  readonly name: string;
  readonly toggle: () => void;
}

function TopBar({ drawer }: { drawer: DrawerKey | null }) {
  const { store } = useServices();
  const system = useCell(store.system);
  const now = useNow(500);
  const me = useMe();
  return (
    <header class="top">
      <Link to="/" class="top__mark">
        W.I.T.
      </Link>
      <span class="top__site">{system?.site ?? 'Workshop'}</span>
      <span class="sep" />
      <Connection />
      <span class="grow" />
      {drawer && (
        <button type="button" class="btn top__drawer" aria-expanded={drawer.open} onClick={drawer.toggle}>
          {drawer.name}
        </button>
      )}
      <time class="top__clock">{timeText(now)}</time>
      <span class="sep top__sep" />
      <PersonMenu me={me} />
    </header>
  );
}

function Connection() {
  const { live, lane, store } = useServices();
  const liveState = useCell(live.state);
  const laneState = useCell(lane.state);
  const system = useCell(store.system);
  const now = useNow(500);
  const rows = useFleet();
  const banner = bannerOf({ live: liveState, lane: laneState, system, now });
  const stale = rows.filter(row => row.truth.kind !== 'live').length;
  const trip = liveState.kind === 'open' && liveState.roundTrip !== null ? `gateway ${Math.round(liveState.roundTrip)} ms · ` : '';
  return (
    <>
      <span class="truthbar">
        <span class={liveState.kind === 'open' ? 'live' : 'live live--stale'}>{liveState.kind === 'open' ? 'live' : 'not live'}</span>
        {!banner && (
          <span class="label truthbar__facts">
            {trip}
            {rows.length - stale} of {rows.length} machines live
          </span>
        )}
      </span>
      <span class="notice-place" role="status">
        {banner && (
          <span class="notice">
            <Icon name="attention" size="s" />
            <span>
              <b>{banner.what}</b> {banner.means}
            </span>
          </span>
        )}
      </span>
    </>
  );
}
