import { z } from 'zod';
import type { Database } from '../../actors/storage/database.ts';
import type { JournalEntry } from '../../actors/storage/journal-entry.ts';
import { callerSchema, roleSchema } from '../../statecharts/caller.ts';
import type { DecidingCaller } from '../../statecharts/equipment/decide.ts';
import { type Reason, reasonSchema } from '../../statecharts/refusal.ts';
import { trainingsAt } from '../auth/person-at.ts';

/** What a command or its refusal left in the journal of whoever sent it. */
const broughtSchema = z.object({ caller: callerSchema.pick({ presence: true, qualifications: true }) });
const principalSchema = z.object({ id: z.string(), role: roleSchema });
const refusalSchema = z.object({
  command: z.string(),
  args: z.record(z.string(), z.unknown()),
  outcome: z.string(),
  reasons: z.array(reasonSchema),
});

interface Person {
  readonly id: string;
  readonly role: DecidingCaller['role'];
}

/**
 * The person as the owner saw them at an event: exactly, when the event is their own command or its refusal. Otherwise with the trainings
 * that were noted then and the presence of their last command here, as far as it still held; the role is that of now.
 */
export async function callerThen(
  db: Database,
  entry: JournalEntry,
  { person, equipment }: { readonly person: Person; readonly equipment: string },
): Promise<DecidingCaller> {
  const { id } = person;
  const sent = broughtIn(entry, id);
  if (sent) return { id, ...sent };
  const qualifications = await trainingsAt(db, id, entry.at);
  const presence = await lastStated(db, entry, id);
  const holds = presence !== undefined && presence.equipment === equipment && presence.until > entry.at;
  return { id, role: person.role, qualifications, ...(holds ? { presence } : {}) };
}

function broughtIn({ principal, data }: Pick<JournalEntry, 'principal' | 'data'>, person: string): Omit<DecidingCaller, 'id'> | null {
  const who = principalSchema.safeParse(principal);
  const brought = broughtSchema.safeParse(data);
  return who.success && who.data.id === person && brought.success ? { role: who.data.role, ...brought.data.caller } : null;
}

/** A statement lasts 15 minutes. */
const presenceMs = 900_000;
/** Events looked back through: more than a machine writes in that time. */
const lookBack = 5_000;

async function lastStated(db: Database, entry: JournalEntry, person: string): Promise<DecidingCaller['presence']> {
  const rows = await db
    .selectFrom('event')
    .select(['principal', 'data'])
    .where('actor_id', '=', entry.actorId)
    .where('seq', '<', entry.seq)
    .where('seq', '>=', entry.seq - lookBack)
    .where('at', '>', new Date(entry.at - presenceMs))
    .where('command_id', 'is not', null)
    .orderBy('seq', 'desc')
    .execute();
  for (const row of rows) {
    const brought = broughtIn(row as Pick<JournalEntry, 'principal' | 'data'>, person);
    if (brought) return brought.presence;
  }
  return undefined;
}

interface Recorded {
  /** Null: the event is no decision on this command of this person. */
  readonly decision: { readonly outcome: string; readonly reasons: Reason[] } | null;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** What the owner said then, when the event is this person's command of this name. */
export function recordedDecision(
  { type, principal, data }: JournalEntry,
  { person, command }: { readonly person: string; readonly command: string },
): Recorded {
  if (principalSchema.safeParse(principal).data?.id !== person) return { decision: null };
  if (type === command) return { decision: { outcome: 'accepted', reasons: [] } };
  const refusal = refusalSchema.safeParse(data);
  if (type !== 'command.refused' || !refusal.success || refusal.data.command !== command) return { decision: null };
  const { outcome, reasons, args } = refusal.data;
  return { decision: { outcome, reasons }, args };
}
