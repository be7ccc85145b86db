import type { Messages } from '../../actors/transport/messages.ts';
import { isActorId, subject } from '../../actors/transport/subjects.ts';
import { hasRole } from '../../statecharts/caller.ts';
import type { Doors } from '../ws/doors.ts';
import type { CommandDoor } from './commands.ts';
import type { StopDoor } from './stop.ts';

/** The doors of the live socket: the same command door and stop as over HTTP, and the fast lane of a held jog. */
export function liveDoors({
  messages,
  site,
  commands,
  stop,
}: {
  messages: Messages;
  site: string;
  commands: CommandDoor;
  stop: StopDoor;
}): Doors {
  return {
    command: commands,
    stop: (caller, { equipment, stopId }, stage) => {
      const press = { equipment, stopId, by: caller.id, byName: caller.name, pass: 'valid' } as const;
      void stop(press, stage);
    },
    grant: (caller, { equipment, jogId, n }) => {
      // A dead-man only keeps alive what its jog command was allowed to start.
      if (isActorId(equipment) && hasRole(caller, 'operator'))
        messages.publish(subject(site, 'equipment', equipment, 'grant'), { jogId, n });
    },
    listen: equipment => {
      messages.publish(subject(site, 'equipment', equipment, 'listen'), {});
    },
  };
}
