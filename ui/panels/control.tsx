import { useState } from 'preact/hooks';
import type { ApiError } from '../client/api.ts';
import { ageText, timeText } from '../client/truth.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useMe, useNow, useServices } from '../components/hooks.ts';
import { Icon } from '../components/icon.tsx';
import { Trouble } from '../components/trouble.tsx';
import { useStatus } from '../components/verdicts.ts';

const modes = [
  { mode: 'processing', label: 'Processing' },
  { mode: 'setup', label: 'Setup' },
  { mode: 'maintenance', label: 'Service' },
] as const;

/** Who holds control, who is at the machine, which mode it is in, and the release of a latched stop. */
export function ControlPanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return null;
  return (
    <section class="lease" aria-label="Control">
      <div class="head">
        <h2>Control</h2>
        <span class="grow" />
        {status.holder && <span class="label">since {timeText(status.holder.since)}</span>}
      </div>
      <Holder equipment={equipment} />
      {status.stop.latched && <Latched equipment={equipment} />}
      <div class="lease__keys">
        {status.holder ? (
          <CommandKey equipment={equipment} command="CHECK_OUT" label="Check out" />
        ) : (
          <CommandKey equipment={equipment} command="CHECK_IN" label="Check in" />
        )}
        <Presence equipment={equipment} />
      </div>
      <fieldset class="modes">
        <legend class="label">Mode</legend>
        {modes.map(({ mode, label }) => (
          <CommandKey
            key={mode}
            equipment={equipment}
            command="SET_MODE"
            args={{ mode }}
            label={`Mode ${label}`}
            class={status.value.mode?.split('.')[0] === mode ? 'btn btn--touch btn--on' : 'btn btn--touch'}
            compact
          >
            {label}
          </CommandKey>
        ))}
      </fieldset>
    </section>
  );
}

function Holder({ equipment }: { equipment: string }) {
  const holder = useStatus(equipment)?.holder;
  const me = useMe();
  const now = useNow(1_000);
  const until = me.presence[equipment] ?? 0;
  const mine = holder?.id === me.id;
  const where = until > now ? `you are at the machine, ${ageText(until - now)} left` : 'you have not said that you are at the machine';
  return (
    <div class="lease__who">
      <span class={mine ? 'who__dot who__dot--me' : 'who__dot'}>{holder ? holder.name.slice(0, 1).toUpperCase() : '–'}</span>
      <div>
        <b>{holder ? (mine ? 'You hold control' : `${holder.name} holds control`) : 'Nobody holds control'}</b>
        <p>{where}</p>
      </div>
    </div>
  );
}

function Presence({ equipment }: { equipment: string }) {
  const { session } = useServices();
  const [error, setError] = useState<ApiError | null>(null);
  return (
    <>
      <button type="button" class="btn btn--touch" onClick={() => void session.statePresence(equipment).then(setError)}>
        I am at the machine
      </button>
      <Trouble error={error} />
    </>
  );
}

function Latched({ equipment }: { equipment: string }) {
  const stop = useStatus(equipment)?.stop;
  if (!stop) return null;
  return (
    <div class="latched" role="status">
      <Icon name="lock" />
      <b>The stop is latched</b>
      <p>
        {stop.by ? `Pressed by ${stop.by}` : 'Pressed'}
        {stop.at === null ? '' : ` at ${timeText(stop.at)}`}. Releasing starts nothing; say it only while you stand there.
      </p>
      <CommandKey
        equipment={equipment}
        command="RELEASE_STOP"
        args={{ statement: 'I am at the machine' }}
        label="I am at the machine: release the stop"
      />
    </div>
  );
}
