import { useLayoutEffect, useState } from 'preact/hooks';
import type { Reason } from '../../statecharts/refusal.ts';
import { verdict } from '../client/decisions.ts';
import type { Direction, Jog, JogState } from '../client/jog.ts';
import { useCell, useServices } from '../components/hooks.ts';
import { Icon } from '../components/icon.tsx';
import { useView } from '../components/verdicts.ts';
import { useWhy } from '../components/why.ts';

const steps = [0.01, 0.1, 1, 10] as const;
/** mm/min */
const feeds = [100, 300, 600, 1_500, 3_000] as const;

interface PadKey {
  readonly name: string;
  readonly direction: Direction;
  /** Degrees of the arrow from up. */
  readonly turn: number;
  readonly diagonal?: true;
}

const pad: readonly (PadKey | null)[] = [
  { name: 'X− Y+', direction: { x: -1, y: 1 }, turn: -45, diagonal: true },
  { name: 'Y+', direction: { y: 1 }, turn: 0 },
  { name: 'X+ Y+', direction: { x: 1, y: 1 }, turn: 45, diagonal: true },
  { name: 'Z+', direction: { z: 1 }, turn: 0 },
  { name: 'X−', direction: { x: -1 }, turn: -90 },
  null,
  { name: 'X+', direction: { x: 1 }, turn: 90 },
  null,
  { name: 'X− Y−', direction: { x: -1, y: -1 }, turn: -135, diagonal: true },
  { name: 'Y−', direction: { y: -1 }, turn: 180 },
  { name: 'X+ Y−', direction: { x: 1, y: -1 }, turn: 135, diagonal: true },
  { name: 'Z−', direction: { z: -1 }, turn: 180 },
];

const arrows: Readonly<Record<string, Direction>> = {
  ArrowUp: { y: 1 },
  ArrowDown: { y: -1 },
  ArrowLeft: { x: -1 },
  ArrowRight: { x: 1 },
  PageUp: { z: 1 },
  PageDown: { z: -1 },
};

/** What the hand on a key does: one step, or run while held. */
interface Hand {
  readonly jog: Jog;
  readonly state: JogState;
  readonly step: number | null;
  readonly feed: number;
  may(direction: Direction): boolean;
  refuse(direction: Direction): void;
}

/** Moves the axes by hand: single steps, or as long as a key is held. */
export function JogPanel({ equipment }: { equipment: string }) {
  const jog = useServices().jog(equipment);
  const state = useCell(jog.state);
  const view = useView(equipment);
  const general = verdict(view, { command: 'JOG' });
  const why = useWhy();
  const [step, setStep] = useState<number | null>(null);
  const [feed, setFeed] = useState<number>(300);
  useReleaseOnDoubt(jog);
  const asked = (direction: Direction) => ({ command: 'JOG', args: { direction, feed } }) as const;
  const hand: Hand = {
    jog,
    state,
    step,
    feed,
    may: direction => verdict(view, asked(direction)).allowed,
    refuse: direction => why({ equipment, label: 'jog', ...asked(direction) }),
  };
  return (
    <section class="panel jog" aria-label="Jog">
      <div class="head">
        <h2>Jog</h2>
        <span class="grow" />
        <select class="jog__feed" aria-label="Jog feed" value={String(feed)} onChange={event => setFeed(Number(event.currentTarget.value))}>
          {feeds.map(choice => (
            <option key={choice} value={String(choice)}>
              {choice.toLocaleString('en')} mm/min
            </option>
          ))}
        </select>
      </div>
      <StepChoice step={step} choose={setStep} />
      <Pad hand={hand} />
      <p class="jog__say" role="status">
        {general.allowed || state.kind === 'held' ? <HandWords hand={hand} /> : <WhyNoJog reasons={general.reasons} />}
      </p>
    </section>
  );
}

/** Whenever the page cannot be sure that a hand still holds the key, the jog ends; it is never taken up again by itself. */
function useReleaseOnDoubt(jog: Jog): void {
  // A layout effect, because the clean-up of a plain one runs only after the next paint: too late for a hand.
  useLayoutEffect(() => {
    const onBlur = (): void => jog.release('the window lost the focus');
    const onHidden = (): void => {
      if (document.visibilityState === 'hidden') jog.release('the page was hidden');
    };
    window.addEventListener('blur', onBlur);
    window.addEventListener('pagehide', onBlur);
    document.addEventListener('visibilitychange', onHidden);
    return () => {
      jog.release('the page was left');
      window.removeEventListener('blur', onBlur);
      window.removeEventListener('pagehide', onBlur);
      document.removeEventListener('visibilitychange', onHidden);
    };
  }, [jog]);
}

function StepChoice({ step, choose }: { step: number | null; choose: (step: number | null) => void }) {
  return (
    <fieldset class="seg">
      <legend class="hidden">Step in mm, or run while held</legend>
      {steps.map(size => (
        <button type="button" key={size} aria-pressed={step === size} onClick={() => choose(size)}>
          {size}
        </button>
      ))}
      <button type="button" aria-pressed={step === null} onClick={() => choose(null)}>
        run
      </button>
    </fieldset>
  );
}

function Pad({ hand }: { hand: Hand }) {
  const onKey = (event: KeyboardEvent): void => {
    const direction = arrows[event.key];
    if (!direction) return;
    event.preventDefault();
    if (!event.repeat) begin(hand, direction);
  };
  return (
    <fieldset
      class="pad"
      aria-label="Jog keys; with the focus here arrow keys move X and Y, page keys Z"
      onKeyDown={onKey}
      onKeyUp={() => hand.jog.release()}
    >
      {pad.map((key, index) => (key ? <JogKey key={index} pad={key} hand={hand} /> : <span key={index} class="pad__blank" />))}
    </fieldset>
  );
}

function JogKey({ pad: { name, direction, turn, diagonal }, hand }: { pad: PadKey; hand: Hand }) {
  const held = hand.state.kind === 'held' && sameDirection(hand.state.direction, direction);
  const kind = `${diagonal ? ' key--diag' : ''}${held ? ' key--held' : ''}`;
  const letGo = (): void => hand.jog.release();
  const hold = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    // A touch is captured by the key it began on; without this, sliding off would go unnoticed.
    if (event.target instanceof Element && event.target.hasPointerCapture?.(event.pointerId))
      event.target.releasePointerCapture(event.pointerId);
    if (hand.step === null) begin(hand, direction);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== ' ' && event.key !== 'Enter') return;
    if (hand.step !== null) return;
    event.preventDefault();
    if (!event.repeat) begin(hand, direction);
  };
  return (
    <button
      type="button"
      class={`key${kind}`}
      aria-label={name}
      aria-pressed={held}
      aria-disabled={held || hand.may(direction) ? undefined : 'true'}
      onPointerDown={hold}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onPointerLeave={letGo}
      onBlur={letGo}
      onKeyDown={onKey}
      onContextMenu={event => event.preventDefault()}
      onClick={() => (hand.step === null ? undefined : begin(hand, direction))}
    >
      <span class={`turn turn--${turn < 0 ? `m${-turn}` : turn}`}>
        <Icon name="up" />
      </span>
      {!diagonal && name}
    </button>
  );
}

function begin({ jog, step, feed, may, refuse }: Hand, direction: Direction): void {
  if (!may(direction)) refuse(direction);
  else if (step === null) jog.press(direction, feed);
  else jog.step(direction, feed, step);
}

function sameDirection(a: Direction, b: Direction): boolean {
  return (a.x ?? 0) === (b.x ?? 0) && (a.y ?? 0) === (b.y ?? 0) && (a.z ?? 0) === (b.z ?? 0);
}

function WhyNoJog({ reasons: [first, ...others] }: { reasons: readonly Reason[] }) {
  return (
    <>
      <b>{first?.message}</b>
      {others.length > 0 && <span>and {others.length} more</span>}
    </>
  );
}

function HandWords({ hand }: { hand: Hand }) {
  if (hand.state.kind === 'held')
    return (
      <>
        <b>Moving</b>
        <span>grant {hand.state.grants}</span>
      </>
    );
  if (hand.state.ended) return <b>Ended: {hand.state.ended}</b>;
  return (
    <>
      <b>{hand.step === null ? 'Hold to run' : `${hand.step} mm per press`}</b>
      <span>{hand.step === null ? 'stops when you let go' : ''}</span>
    </>
  );
}
