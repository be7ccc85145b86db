import { outcomeSchema } from '../../actors/transport/envelopes.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { isActorId, subject } from '../../actors/transport/subjects.ts';
import type { SigningKey } from '../auth/signing-keys.ts';
import { issueAssertion } from '../auth/tokens.ts';
import { toCaller } from '../equipment/commands.ts';
import { outcomeAnswer } from '../equipment/outcome-answer.ts';
import { type Refused, refuse } from '../http/problems.ts';
import type { Answer, SignedIn } from '../http/route.ts';
import { request } from '../ws/messages.ts';
import type { Nodes } from '../ws/nodes.ts';

export interface OwnerOptions {
  readonly messages: Messages;
  readonly nodes: Nodes;
  readonly key: SigningKey;
  readonly site: string;
  readonly now: () => number;
}

/** What an administrator asks of the owner of an actor, beside the commands of its chart. */
export interface Order {
  readonly actorId: string;
  /** Last word of the subject. */
  readonly command: string;
  /** What the assertion is bound to, beside the command's name. */
  readonly about: number;
  readonly caller: SignedIn;
  /** The body without its assertion. */
  readonly body: object;
}

const answerWithinMs = 2_000;

/** Asks the owner, with an assertion for this one order; its word is the answer. Null: there can be no such actor. */
export async function askOwner({ messages, nodes, key, site, now }: OwnerOptions, order: Order): Promise<Answer | Refused | null> {
  const { actorId, command, about, caller, body } = order;
  const target = targetOf(actorId);
  if (target === null) return null;
  const claims = { caller: toCaller(caller, { equipment: '', presentUntil: null }), actor: actorId, commandId: `${command}:${about}` };
  // The owner compares its end with its own clock, which may be off.
  const assertion = await issueAssertion(claims, { site, key, now: nodes.clockOfOwner(actorId, now()) });
  const to = subject(site, target.kind, target.id, 'command', command);
  const result = await request(messages, to, { body: { ...body, assertion }, timeoutMs: answerWithinMs });
  if (!result.ok) return refuse('owner-silent', `Nobody answers for ${actorId}: it ended, never was, or its node is away.`);
  const outcome = outcomeSchema.safeParse(result.data);
  if (outcome.success) return outcomeAnswer(outcome.data);
  return refuse('indeterminate', 'The owner answered something this gateway does not understand.');
}

function targetOf(actorId: string): { kind: 'equipment' | 'job'; id: string } | null {
  const [kind, id = ''] = actorId.split('/');
  return (kind === 'equipment' || kind === 'job') && isActorId(id) ? { kind, id } : null;
}
