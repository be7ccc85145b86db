import { randomBytes, randomUUID } from 'node:crypto';
import { type CreateJob, outcomeSchema } from '../../actors/transport/envelopes.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { subject } from '../../actors/transport/subjects.ts';
import type { Sessions } from '../auth/sessions.ts';
import type { SigningKey } from '../auth/signing-keys.ts';
import { issueAssertion } from '../auth/tokens.ts';
import type { FileEntry } from '../contract/resources.ts';
import { toCaller } from '../equipment/commands.ts';
import { outcomeAnswer } from '../equipment/outcome-answer.ts';
import { findFile } from '../files/routes.ts';
import type { DatabaseDoor } from '../http/database-door.ts';
import { isRefused, type Refused, refuse } from '../http/problems.ts';
import type { Answer, SignedIn } from '../http/route.ts';
import type { Documents, Moment } from '../ws/documents.ts';
import { request } from '../ws/messages.ts';
import type { Nodes } from '../ws/nodes.ts';
import { jobId } from './job-id.ts';

export interface JobOptions {
  readonly door: DatabaseDoor;
  readonly messages: Messages;
  readonly documents: Documents;
  readonly nodes: Nodes;
  readonly sessions: Sessions;
  readonly key: SigningKey;
  readonly site: string;
  readonly moment: () => Moment;
}

/** Copying the program to the node is part of the answer. */
const answerWithinMs = 10_000;

/** POST jobs: asks the node that owns the equipment to take the file, host the job and check the program. */
export async function createJob(
  asked: { file: string; equipment: string; caller: SignedIn },
  options: JobOptions,
): Promise<Answer | Refused> {
  const node = ownerNode(asked.equipment, options);
  if (node === null) return refuse('unknown-equipment', `There is no equipment ${asked.equipment}, or no node has spoken of it yet.`);
  const file = await findFile(options.door, asked.file);
  if (isRefused(file)) return file;
  const body = await envelope({ ...asked, file, node }, options);
  const to = subject(options.site, 'node', node, 'command', 'CREATE_JOB');
  const result = await request(options.messages, to, { body, timeoutMs: answerWithinMs });
  if (!result.ok && result.why === 'away') return refuse('messages-away', 'The message server does not answer. Try again shortly.');
  if (!result.ok) return refuse('owner-silent', `Node ${node} does not answer. No job was made, or it will appear in the list.`);
  const outcome = outcomeSchema.safeParse(result.data);
  if (!outcome.success) return refuse('indeterminate', 'The node answered something this gateway does not understand.');
  const answer = outcomeAnswer(outcome.data);
  return isRefused(answer) ? answer : { status: 202, json: { id: body.job } };
}

function ownerNode(equipment: string, { documents, nodes, moment }: JobOptions): string | null {
  return nodes.ownerOf(`equipment/${equipment}`)?.heartbeat.node ?? documents.status(equipment, moment())?.node ?? null;
}

async function envelope(
  asked: { file: FileEntry; equipment: string; node: string; caller: SignedIn },
  options: JobOptions,
): Promise<CreateJob> {
  const { site, key, moment, sessions, nodes } = options;
  const { equipment, file, node } = asked;
  const now = moment().at;
  const job = jobId(now, randomBytes(10));
  const presentUntil = await sessions.presenceAt(asked.caller, equipment, 'ask');
  const claims = { caller: toCaller(asked.caller, { equipment, presentUntil }), actor: `job/${job}`, commandId: job };
  return {
    job,
    equipment,
    file: { id: file.id, name: file.name, hash: file.hash, size: file.size },
    assertion: await issueAssertion(claims, { site, key, now: nodes.wallClock(node, now) }),
    correlationId: randomUUID(),
  };
}
