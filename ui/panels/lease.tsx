import { useState } from 'preact/hooks';
import type { ApiError } from '../client/api.ts';
import { leaseOf, leftText } from '../client/lease.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useMe, useNow, useServices } from '../components/hooks.ts';
import { Icon } from '../components/icon.tsx';
import { Trouble } from '../components/trouble.tsx';
import { useStatus } from '../components/verdicts.ts';
import { HandOver } from './hand-over.tsx';

/** Who has the machine, and every key that changes it. */
export function Lease({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const me = useMe();
  const now = useNow(1_000);
  if (!status) return null;
  const lease = leaseOf(status, me, now);
  return (
    <>
      <div class="lease__who">
        <span class={lease.mine ? 'who__dot who__dot--me' : 'who__dot'}>{lease.initial}</span>
        <div>
          <b>{lease.title}</b>
          <p>
            {lease.more} · {presenceWords(me.presence[equipment] ?? 0, now)}
          </p>
        </div>
      </div>
      <Offered equipment={equipment} />
      <LeaseKeys equipment={equipment} />
    </>
  );
}

function presenceWords(until: number, now: number): string {
  return until > now ? `you are at the machine, ${leftText(until, now)} left` : 'you have not said that you are here';
}

/** Stands out only for the person to whom control is offered. */
function Offered({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const me = useMe();
  const now = useNow(1_000);
  const offer = status?.offer;
  if (!offer || offer.id !== me.id) return null;
  return (
    <div class="latched offered" role="status">
      <Icon name="person" />
      <b>{status.holder?.name ?? 'Somebody'} offers you control</b>
      <p>Answer within {leftText(offer.until, now)}; otherwise it stays where it is.</p>
      <CommandKey equipment={equipment} command="CHECK_IN" label="Take control" class="btn btn--touch btn--hand" />
    </div>
  );
}

function LeaseKeys({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const [choosing, setChoosing] = useState<'reserve' | 'hand-over' | null>(null);
  const me = useMe();
  if (!status) return null;
  const opens = (what: 'reserve' | 'hand-over') => ({
    open: choosing === what,
    toggle: () => setChoosing(choosing === what ? null : what),
  });
  const backFrom = status.value.occupancy === 'absent' && status.holder?.id === me.id;
  return (
    <div class="lease__keys">
      {status.holder && !backFrom ? (
        <CommandKey equipment={equipment} command="CHECK_OUT" label="Check out" />
      ) : (
        <CommandKey equipment={equipment} command="CHECK_IN" label="Check in" />
      )}
      {/* One place for what leads on: a free machine is kept, a kept one given free, a held one handed over. */}
      {status.holder ? (
        <CommandKey equipment={equipment} command="HAND_OVER" label="Hand over …" opens={opens('hand-over')} />
      ) : status.reservation ? (
        <CommandKey equipment={equipment} command="CANCEL_RESERVATION" label="Give it free" />
      ) : (
        <CommandKey equipment={equipment} command="RESERVE" label="Reserve …" opens={opens('reserve')} />
      )}
      <Presence equipment={equipment} />
      {choosing === 'reserve' && !status.holder && !status.reservation && <ReserveFor equipment={equipment} />}
      {choosing === 'hand-over' && status.holder && <HandOver equipment={equipment} />}
    </div>
  );
}

const lengths = [15, 30, 60, 120] as const;

function ReserveFor({ equipment }: { equipment: string }) {
  return (
    <fieldset class="lease__choice lengths">
      <legend class="label">Keep it for you for</legend>
      {lengths.map(minutes => (
        <CommandKey key={minutes} equipment={equipment} command="RESERVE" args={{ minutes }} label={`Reserve for ${minutes} min`} compact>
          {minutes} min
        </CommandKey>
      ))}
    </fieldset>
  );
}

function Presence({ equipment }: { equipment: string }) {
  const { session } = useServices();
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <>
      <button type="button" class="btn btn--touch lease__here" onClick={() => void session.statePresence(equipment).then(setError)}>
        I am at the machine
      </button>
      <Trouble error={error} />
    </>
  );
}
