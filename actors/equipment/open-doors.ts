import { checkLine } from '../../machines/gcode/check-line.ts';
import type { Dialect } from '../../machines/gcode/dialect.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { openLetterDesk } from '../system/letter-desk.ts';
import type { LiveActor } from '../system/live-actor.ts';
import { listenJson } from '../transport/json-listener.ts';
import { subject } from '../transport/subjects.ts';
import { CommandDoor } from './command-door.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { openQuarantineDesk } from './quarantine-desk.ts';

/** What the doors of an equipment lead to. */
export interface Doors {
  readonly hosting: { readonly services: NodeServices; readonly jobs: JobDirectory };
  readonly id: string;
  readonly actor: LiveActor<EquipmentStatus>;
  /** Of the newest event. */
  readonly seq: () => number;
  /** What a line by hand is checked against; null for what takes none. */
  readonly dialect: Dialect | null;
  /** Why no new run begins; null: one may. */
  readonly ending: () => Reason | null;
  readonly grantJog: (jogId: string) => void;
  readonly listenToWire: () => void;
}

/** Opens the addresses of an equipment: commands, grants of a held jog, the wire for whoever looks, dead letters, quarantine. The ways to close them. */
export function openDoors({ hosting, id, actor, dialect, ...to }: Doors): (() => void)[] {
  const { services, jobs } = hosting;
  const { messages, site, boot, keys, clock, surroundings } = services;
  const at = (name: Parameters<typeof subject>[3], more?: string) => subject(site, 'equipment', id, name, more);
  const door = new CommandDoor({
    site,
    actor: `equipment/${id}`,
    boot,
    keys,
    clock,
    readyJob: job => jobs.readyJob(job, id),
    qualificationsOf: caller => surroundings.qualificationsOf(caller),
    operator: name => surroundings.operator(name),
    checkLine: dialect ? line => checkLine(line, dialect) : null,
    refusal: command => (command === 'START' ? to.ending() : null),
    post: (lane, message) => actor.post(lane, message),
  });
  return [
    openQuarantineDesk({ services, id, actor, seq: to.seq }),
    openLetterDesk({ ...services, kind: 'equipment', id, post: message => actor.post('command', message) }),
    listenJson(messages, at('command', '*'), ({ body, name, reply }) => door.take(name, body, reply)),
    listenJson(messages, at('grant'), ({ body }) => {
      const jogId = jogIdOf(body);
      if (jogId !== null) to.grantJog(jogId);
    }),
    listenJson(messages, at('listen'), () => to.listenToWire()),
  ];
}

function jogIdOf(body: unknown): string | null {
  return typeof body === 'object' && body !== null && 'jogId' in body && typeof body.jogId === 'string' ? body.jogId : null;
}
