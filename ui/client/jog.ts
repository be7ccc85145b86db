import type { CommandArgs } from '../../statecharts/equipment/commands.ts';
import { cell, type Readable } from './cell.ts';
import type { CommandClient } from './commands.ts';
import type { Env } from './env.ts';
import type { Live } from './live.ts';
import { uuidv7 } from './uuidv7.ts';

export type Direction = CommandArgs<'JOG'>['direction'];

/** A jog of this page: held, or why the last one ended before the hand let go. */
export type JogState =
  | { readonly kind: 'rest'; readonly ended: string | null }
  | { readonly kind: 'held'; readonly jogId: string; readonly direction: Direction; readonly grants: number };

/** Hold-to-run for one equipment: motion lasts as long as grants arrive, and grants are sent only while a key is held. */
export interface Jog {
  readonly state: Readable<JogState>;
  /** Starts a held jog at `feed` mm/min; ignored while another is held. */
  press(direction: Direction, feed: number): void;
  /** One step of `distance` mm; needs no hold. */
  step(direction: Direction, feed: number, distance: number): void;
  /** The hand let go, or the page can no longer be sure that it holds: blur, hidden, sleep, link lost. Never re-armed. */
  release(why?: string): void;
}

interface Parts {
  readonly env: Env;
  readonly live: Live;
  readonly commands: CommandClient;
}

/** The owner stops 250 ms after the last grant; two may go missing in a row only if we are quicker than that, ms. */
const grantEvery = 120;
/** A timer that fired this late means that the page slept: the hand is not known to hold any more, ms. */
const sleptAfter = 400;

/** Makes the jog of one equipment, by id (`mill-1`). */
export function createJog(parts: Parts, equipment: string): Jog {
  const { env, live, commands } = parts;
  const state = cell<JogState>({ kind: 'rest', ended: null });
  let cancelGrant = (): void => {};

  const release = (why?: string): void => {
    cancelGrant();
    if (state.getSnapshot().kind === 'held') state.set({ kind: 'rest', ended: why ?? null });
  };
  const grant = (jogId: string, dueAt: number): void => {
    const held = state.getSnapshot();
    if (held.kind !== 'held' || held.jogId !== jogId) return;
    const n = held.grants + 1;
    const slept = env.monotonic() - dueAt > sleptAfter;
    if (slept) release('the page slept');
    else if (!live.send({ type: 'grant', equipment, jogId, n })) release('the connection was lost');
    else {
      state.set({ ...held, grants: n });
      armNext(jogId);
    }
  };
  // The time the timer is due is noted before it sleeps, so that a page that slept is found out before it grants.
  const armNext = (jogId: string): void => {
    const due = env.monotonic() + grantEvery;
    cancelGrant();
    cancelGrant = env.later(grantEvery, () => grant(jogId, due));
  };
  const ask = (args: CommandArgs<'JOG'>) => commands.ask({ equipment, command: 'JOG', args });

  live.state.subscribe(() => {
    if (live.state.getSnapshot().kind !== 'open') release('the connection was lost');
  });
  return {
    state,
    release,
    step: (direction, feed, distance) => void ask({ jogId: uuidv7(env), direction, feed, distance }),
    press(direction, feed) {
      if (state.getSnapshot().kind === 'held') return;
      const jogId = uuidv7(env);
      state.set({ kind: 'held', jogId, direction, grants: 0 });
      void ask({ jogId, direction, feed }).then(result => {
        const held = state.getSnapshot();
        if (result.outcome === 'accepted' || held.kind !== 'held' || held.jogId !== jogId) return;
        release(result.reasons[0]?.message ?? 'the jog was not accepted');
      });
      armNext(jogId);
    },
  };
}
