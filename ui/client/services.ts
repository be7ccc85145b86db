import { type CommandClient, createCommands } from './commands.ts';
import type { Env } from './env.ts';
import { createJog, type Jog } from './jog.ts';
import { createLane, type Lane } from './lane.ts';
import { createLive, type Live } from './live.ts';
import { createLiveStore, type LiveStore } from './live-store.ts';
import { type RemoteActor, remoteActor } from './remote-actor.ts';
import { type ServerClock, serverClock } from './server-clock.ts';
import { createSession, type Session } from './session.ts';
import { createStops, type Stops } from './stop.ts';

/** Everything a page talks to, made once per page load. */
export interface Services {
  readonly env: Env;
  readonly session: Session;
  readonly clock: ServerClock;
  readonly live: Live;
  readonly store: LiveStore;
  readonly lane: Lane;
  readonly stops: Stops;
  readonly commands: CommandClient;
  /** One remote actor per equipment id (`mill-1`), the same each time. */
  actor(equipment: string): RemoteActor;
  /** One jog per equipment id, the same each time. */
  jog(equipment: string): Jog;
}

/** Wires the clients together. Connections open with the log-in and close with the log-out. */
export function createServices(env: Env): Services {
  const session = createSession(env);
  const clock = serverClock(env);
  const live = createLive({ env, api: session.api, clock });
  const store = createLiveStore(live, env.monotonic);
  const lane = createLane(env);
  const stops = createStops({ env, api: session.api, lane, live });
  const commands = createCommands({ env, api: session.api, live, clock, status: store.status });

  session.state.subscribe(() => {
    const now = session.state.getSnapshot();
    if (now.kind === 'open') {
      lane.start(now.session.stopPass, now.session.stopPort);
      live.start();
    } else if (now.kind === 'none') {
      lane.stop();
      live.stop();
    }
  });
  live.onFrame(frame => {
    if (frame.type === 'me') session.know(frame.data);
  });
  live.watch(['equipment/*/summary', 'system', 'me']);
  return {
    env,
    session,
    clock,
    live,
    store,
    lane,
    stops,
    commands,
    actor: onePer((equipment: string) => remoteActor(`equipment/${equipment}`, store.status(`equipment/${equipment}`), commands)),
    jog: onePer((equipment: string) => createJog({ env, live, commands }, equipment)),
  };
}

function onePer<T>(make: (key: string) => T): (key: string) => T {
  const made = new Map<string, T>();
  return key => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}
