import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { profiles } from '../../statecharts/profiles/profile.ts';
import { ageText, timeText } from './truth.ts';

/** Who has a machine, in words: the title, what follows from it, and whose initial stands beside it. */
export interface Lease {
  readonly title: string;
  readonly more: string;
  readonly initial: string;
  /** The person of this page has it, or it waits for them. */
  readonly mine: boolean;
}

type Leased = Pick<EquipmentStatus, 'value' | 'since' | 'holder' | 'reservation' | 'offer' | 'profile'>;

/** What the control panel says: free, kept, held, offered, or held by somebody who is away. `now` in ms since 1970, server time. */
export function leaseOf(status: Leased, me: { readonly id: string }, now: number): Lease {
  const { holder, reservation, offer } = status;
  if (holder === null && reservation === null) return { title: 'Nobody holds control', more: 'free to take', initial: '–', mine: false };
  if (holder === null) return keptFor(reservation, me, now);
  const mine = holder.id === me.id;
  const title = mine ? 'You hold control' : `${holder.name} holds control`;
  const initial = initialOf(holder.name);
  if (status.value.occupancy === 'absent') return { title, more: absenceWords(status, now), initial, mine };
  if (offer === null) return { title, more: `since ${timeText(holder.since)}`, initial, mine };
  return { title, more: `offered to ${offer.id === me.id ? 'you' : offer.name}, ${leftText(offer.until, now)} left`, initial, mine };
}

/** Time until then, never negative: `42 s`. */
export function leftText(until: number, now: number): string {
  return ageText(Math.max(0, until - now)).replace(/\.\d s$/, ' s');
}

/** The letter in a person's dot. */
export function initialOf(name: string): string {
  return name.slice(0, 1).toUpperCase();
}

function keptFor(reservation: EquipmentStatus['reservation'], me: { readonly id: string }, now: number): Lease {
  const name = reservation?.name ?? 'somebody';
  const until = reservation?.until ?? now;
  const mine = reservation?.id === me.id;
  const more = `until ${timeText(until)}, ${leftText(until, now)} left`;
  return { title: mine ? 'Kept for you' : `Kept for ${name}`, more, initial: initialOf(name), mine };
}

/** Away since when, and what becomes of the run: a family holds it after a time, or lets it go on. */
function absenceWords({ since, profile }: Leased, now: number): string {
  const from = since.occupancy ?? now;
  const { ms, run } = profiles[profile].absence;
  const words = `away since ${timeText(from)}`;
  if (run === 'continue') return `${words}; a run goes on`;
  return from + ms > now ? `${words}; a run is held in ${leftText(from + ms, now)}` : `${words}; a run was held`;
}
