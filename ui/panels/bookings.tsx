import { useState } from 'preact/hooks';
import { hasRole } from '../../statecharts/caller.ts';
import { type Booking, book, cancelBooking, listBookings } from '../client/bookings.ts';
import { momentText } from '../client/people.ts';
import { timeText } from '../client/truth.ts';
import { Choice } from '../components/choice.tsx';
import { useMe, useNow } from '../components/hooks.ts';
import { RoleKey } from '../components/role-key.tsx';
import { Trouble } from '../components/trouble.tsx';
import { useListing } from '../components/use-listing.ts';

/** Whose time it is at this machine now and next, and a time of one's own. */
export function BookingsPanel({ equipment }: { equipment: string }) {
  const bookings = useListing(`bookings ${equipment}`, api => listBookings(api, equipment));
  const now = useNow(1_000);
  const coming = (bookings.items ?? []).filter(one => one.until > now);
  return (
    <section class="bookings" aria-label="Bookings">
      <div class="head">
        <h2>
          Bookings <span class="count">{coming.length === 0 ? 'none to come' : coming.length}</span>
        </h2>
      </div>
      <Trouble error={bookings.error} />
      <ul class="locks" aria-label="Today and next">
        {coming.map(one => (
          <BookingItem key={one.id} booking={one} now={now} cancel={() => void bookings.act(api => cancelBooking(api, one.id))} />
        ))}
      </ul>
      <NewBooking book={span => bookings.act(api => book(api, { equipment, ...span }))} />
    </section>
  );
}

function BookingItem({ booking, now, cancel }: { booking: Booking; now: number; cancel: () => void }) {
  const me = useMe();
  const mine = booking.person.id === me.id;
  const others = mine || hasRole(me, 'maintainer') ? undefined : `of ${booking.person.name}`;
  return (
    <li class="locks__wide">
      <span>
        <b>{mine ? 'You' : booking.person.name}</b>
        <span class="locks__why">
          {momentText(booking.from)} to {endText(booking)} {booking.from <= now && <strong>now</strong>}
        </span>
      </span>
      <RoleKey
        needs="operator"
        label={`Cancel the booking of ${booking.person.name}, ${momentText(booking.from)}`}
        press={cancel}
        lacks={others}
      >
        Cancel
      </RoleKey>
    </li>
  );
}

/** The end in the words of the beginning's day. */
function endText({ from, until }: Booking): string {
  return momentText(from).slice(0, 10) === momentText(until).slice(0, 10) ? timeText(until).slice(0, 5) : momentText(until);
}

const lengths = [30, 60, 120, 240, 480].map(minutes => [String(minutes), minutes < 60 ? '30 min' : `${minutes / 60} h`] as const);

function NewBooking({ book: keep }: { book: (span: { from: number; until: number }) => Promise<boolean> }) {
  const [from, setFrom] = useState('');
  const [minutes, setMinutes] = useState('60');
  const begin = new Date(from).getTime();
  const submit = (): void => void keep({ from: begin, until: begin + Number(minutes) * 60_000 }).then(done => done && setFrom(''));
  return (
    <div class="said">
      <h3>Book a time</h3>
      <div class="field">
        <label for="booking-from">From</label>
        <input id="booking-from" type="datetime-local" value={from} onInput={event => setFrom(event.currentTarget.value)} />
      </div>
      <Choice id="booking-length" label="For" options={lengths} value={minutes} choose={setMinutes} />
      <RoleKey needs="operator" label="Book" press={submit} lacks={Number.isNaN(begin) ? 'say from when' : undefined} />
    </div>
  );
}
