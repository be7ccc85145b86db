import type { CommandName } from '../../statecharts/equipment/commands.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Readable } from './cell.ts';
import type { CommandClient } from './commands.ts';

/** A command as an event: its name and its arguments side by side. */
export type RemoteEvent = { readonly type: CommandName } & Readonly<Record<string, unknown>>;

/**
 * An actor that lives elsewhere, with the face of an XState actor: the last status is its snapshot, `send` asks its owner.
 * Works with `useSelector` of @xstate/react. Browsers never step the chart themselves.
 */
export interface RemoteActor {
  /** `equipment/mill-1` */
  readonly id: string;
  /** The last status received; undefined before the first. It may be old: see truth.ts. */
  getSnapshot(): EquipmentStatus | undefined;
  subscribe(observer: Observer | ((snapshot: EquipmentStatus | undefined) => void)): { unsubscribe(): void };
  /** Asks and forgets; what became of it is seen in the next snapshots. */
  send(event: RemoteEvent): void;
}

interface Observer {
  next?(snapshot: EquipmentStatus | undefined): void;
}

/** Gives one equipment's status the face of an actor. */
export function remoteActor(id: string, status: Readable<EquipmentStatus | undefined>, commands: CommandClient): RemoteActor {
  return {
    id,
    getSnapshot: status.getSnapshot,
    subscribe(observer) {
      const tell = typeof observer === 'function' ? observer : (snapshot: EquipmentStatus | undefined) => observer.next?.(snapshot);
      return status.subscribe(() => tell(status.getSnapshot()));
    },
    send({ type, ...args }) {
      void commands.ask({ equipment: id.replace(/^equipment\//, ''), command: type, args });
    },
  };
}
