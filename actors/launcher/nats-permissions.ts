import { inboxPrefix } from '../transport/inbox.ts';

/** What a NATS user may publish and subscribe; deny wins over allow. `allow_responses`: how often it may answer what it was asked. */
export interface Permissions {
  readonly publish: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly subscribe: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  readonly allow_responses?: { readonly max: number; readonly expires: string };
}

/** The programs of W.I.T. that talk over NATS; each has a user of this name. */
export const roles = ['node', 'gateway', 'stop-lane', 'launcher'] as const;
export type Role = (typeof roles)[number];

/** JetStream requests that read a stream. */
const readStreams = [
  '$JS.API.INFO',
  '$JS.API.STREAM.INFO.*',
  '$JS.API.STREAM.NAMES',
  '$JS.API.STREAM.LIST',
  '$JS.API.STREAM.MSG.GET.*',
  '$JS.API.DIRECT.GET.>',
  '$JS.API.CONSUMER.>',
  '$JS.ACK.>',
  '$JS.FC.>',
];

/** JetStream requests that make and change our two streams. Deleting, purging and restoring are nobody's. */
const keepStreams = ['EVENTS', 'STATUS'].flatMap(stream => [`$JS.API.STREAM.CREATE.${stream}`, `$JS.API.STREAM.UPDATE.${stream}`]);

/** What a starting node tries the server out with: a stream in memory whose content lives for seconds. */
const tryOut = ['$JS.API.STREAM.CREATE.SELFTEST', '$JS.API.STREAM.UPDATE.SELFTEST'];

const facts = ['event.>', 'status', 'summary', 'telemetry', 'inspect', 'heartbeat'];
const requests = ['command.>', 'grant', 'stop', 'listen'];
/** A stop press of a whole workshop is answered with two stages for each machine. */
const answers = { max: 200, expires: '1m' };

/** Least permissions of a role on a site: nodes publish what is, gateways what is asked, the stop lane only stops. */
export function rolePermissions(role: Role, site: string): Permissions {
  const every = (classes: readonly string[]) => classes.map(subjectClass => `wit.${site}.*.*.${subjectClass}`);
  const inbox = `${inboxPrefix(role)}.>`;
  const releases = [`wit.${site}.node.*.released`];
  /** Said from node to node only. */
  const amongNodes = [`wit.${site}.node.*.hand-over.*`, `wit.${site}.job.*.word`];
  const changes = [`wit.${site}.system.site.changed`];
  const sessions = [`wit.${site}.system.*.sessions`];
  const table: Readonly<Record<Role, Permissions>> = {
    node: {
      publish: {
        allow: [...every(facts), `wit.${site}.node.*.selftest.>`, ...amongNodes, ...changes, ...readStreams, ...keepStreams, ...tryOut],
      },
      subscribe: { allow: [...every(requests), ...every(facts), ...releases, ...amongNodes, ...changes, ...sessions, inbox] },
      allow_responses: answers,
    },
    gateway: {
      publish: { allow: [...every(requests), ...changes, ...sessions, ...readStreams] },
      subscribe: { allow: [...every(facts), ...changes, inbox] },
    },
    // Who reaps a process knows that it is dead, and says nothing else; it asks the server whether it keeps anything.
    launcher: { publish: { allow: [...releases, '$JS.API.INFO'] }, subscribe: { allow: [inbox] } },
    'stop-lane': {
      publish: { allow: every(['stop']) },
      subscribe: { allow: [...every(['heartbeat']), inbox] },
    },
  };
  return table[role];
}

/** A third party that looks: all that happens, nothing that asks; it publishes nothing. The server serves MQTT clients under `$MQTT.>`. */
export const observerPermissions: Permissions = {
  publish: { deny: ['>'] },
  subscribe: {
    allow: ['wit', 'wit.>', '$MQTT.>'],
    deny: ['command.>', 'grant', 'stop', 'sessions'].map(subjectClass => `wit.*.*.*.${subjectClass}`),
  },
};
