import { randomUUID } from 'node:crypto';
import { type Outcome, type OwnedCommand, outcomeSchema } from '../../actors/transport/envelopes.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { isActorId, subject } from '../../actors/transport/subjects.ts';
import type { Caller } from '../../statecharts/caller.ts';
import { commandArgs, stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { SigningKey } from '../auth/signing-keys.ts';
import { issueAssertion } from '../auth/tokens.ts';
import type { SignedIn } from '../http/route.ts';
import type { Documents, Moment } from '../ws/documents.ts';
import type { AskedCommand } from '../ws/doors.ts';
import { type RequestResult, request } from '../ws/messages.ts';
import type { Nodes } from '../ws/nodes.ts';

/** An owner answers within this, or is silent. */
const answerWithinMs = 2_000;

export interface CommandDoorOptions {
  readonly messages: Messages;
  readonly documents: Documents;
  readonly nodes: Nodes;
  readonly sessions: Sessions;
  readonly key: SigningKey;
  readonly site: string;
  readonly moment: () => Moment;
}

/** Asks an owner for one command. Never throws for anything that can be expected. */
export type CommandDoor = (caller: SignedIn, asked: AskedCommand) => Promise<Outcome>;

/**
 * The one door for every command, whatever transport it came over: checks name and arguments, says who asks (assertion) and
 * until when (deadline on the owner's clock), and brings back the owner's outcome. It decides nothing: the owner does.
 */
export function commandDoor(options: CommandDoorOptions): CommandDoor {
  return async (caller, asked) => {
    const parsed = commandArgs[asked.command].safeParse(asked.args);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return no('refused', 'invalid', `${['args', ...(issue?.path ?? [])].map(String).join('.')}: ${issue?.message ?? 'not valid'}`);
    }
    const { documents, nodes } = options;
    if (!isActorId(asked.equipment)) return unknownTarget(asked.equipment);
    if (!options.messages.connection)
      return no('owner-silent', 'messages-away', 'The message server does not answer. The stop lane works without it.');
    if (!documents.has(asked.equipment) && !nodes.ownerOf(`equipment/${asked.equipment}`)) return unknownTarget(asked.equipment);
    const body = await envelope(caller, asked, options);
    const to = subject(options.site, 'equipment', asked.equipment, 'command', asked.command);
    return toOutcome(await request(options.messages, to, { body, timeoutMs: answerWithinMs }));
  };
}

async function envelope(caller: SignedIn, asked: AskedCommand, options: CommandDoorOptions): Promise<OwnedCommand> {
  const { equipment, ...command } = asked;
  const { site, key, moment, nodes } = options;
  // The owner compares these with its own clock, which may be off.
  const node = ownerNode(asked, options);
  const now = moment().at;
  const ahead = nodes.wallClock(node, now) - now;
  const actor = `equipment/${equipment}`;
  const stopLike = stopLikeCommands.includes(asked.command);
  // A stop needs no presence, and waits for no database: what is known goes with it for the journal.
  const stated = await options.sessions.presenceAt(caller, equipment, stopLike ? 'believe' : 'ask');
  const presentUntil = stated === null ? null : stated + ahead;
  const claims = { caller: toCaller(caller, { equipment, presentUntil }), actor, commandId: asked.id };
  const deadline = stopLike || node === undefined ? null : nodes.deadline(node, asked.ttlMs, moment().mono);
  return {
    ...command,
    ...(asked.seen ? { seen: { ...asked.seen, at: asked.seen.at + ahead } } : {}),
    assertion: await issueAssertion(claims, { site, key, now: now + ahead }),
    correlationId: randomUUID(),
    ...(deadline ? { deadline } : {}),
  };
}

function ownerNode({ equipment }: AskedCommand, { documents, nodes, moment }: CommandDoorOptions): string | undefined {
  return nodes.ownerOf(`equipment/${equipment}`)?.heartbeat.node ?? documents.status(equipment, moment())?.node;
}

/** The logged-in person as charts know callers. */
export function toCaller(person: SignedIn, at: { equipment: string; presentUntil: number | null }): Caller {
  const { id, name, role, sid } = person;
  const presence = at.presentUntil === null ? {} : { presence: { equipment: at.equipment, until: at.presentUntil } };
  return { kind: 'user', id, name, role, sid, ...presence };
}

function toOutcome(result: RequestResult): Outcome {
  if (!result.ok) {
    if (result.why === 'timeout')
      return no('owner-silent', 'owner-silent', 'No answer within 2 s. Look at the machine before you ask again.');
    return no('owner-silent', 'owner-silent', 'No node answers for this equipment. The stop lane keeps trying.');
  }
  const parsed = outcomeSchema.safeParse(result.data);
  return parsed.success
    ? parsed.data
    : no('indeterminate', 'answer-not-understood', 'The owner answered something this gateway does not understand.');
}

function unknownTarget(equipment: string): Outcome {
  return no('unknown-target', 'unknown-equipment', `There is no equipment ${equipment.slice(0, 40)}.`);
}

function no(outcome: Outcome['outcome'], code: string, message: string): Outcome {
  return { outcome, seq: 0, reasons: [{ code, message }] };
}
