import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { serviceWords } from '../client/service.ts';
import { timeText } from '../client/truth.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Icon } from '../components/icon.tsx';
import { SaidWhy } from '../components/said-why.tsx';
import { useStatus } from '../components/verdicts.ts';
import { ChainRows } from './chain.tsx';
import { Connection } from './connection.tsx';
import { Plans } from './plans.tsx';

/** May this machine be used: locks with their owners, service, what is due, what is seen of its safety chain, and its connection. */
export function ServicePanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return null;
  const { word, more, withdrawn } = serviceWords(status);
  return (
    <section class="service" aria-label="Service">
      <div class="head">
        <h2>Service</h2>
        <span class="grow" />
        <span class="label">{more}</span>
      </div>
      <p class={withdrawn ? 'service__word service__word--no' : 'service__word'} role="status">
        <Icon name={withdrawn ? 'lock' : 'check'} /> <b>{word}</b>
      </p>
      <Withdrawn equipment={equipment} status={status} />
      <Due status={status} />
      <div class="service__keys">
        <SaidWhy equipment={equipment} command="LOCK_OUT" label="Lock out" hint="your own lock; stops what runs" />
        {status.outOfService ? (
          <CommandKey equipment={equipment} command="RETURN_TO_SERVICE" label="Return to service" />
        ) : (
          <SaidWhy equipment={equipment} command="TAKE_OUT_OF_SERVICE" label="Take out of service" hint="nobody uses it" />
        )}
      </div>
      <Plans equipment={equipment} />
      <ChainRows equipment={equipment} />
      <Connection equipment={equipment} />
    </section>
  );
}

interface Part {
  readonly equipment: string;
  readonly status: EquipmentStatus;
}

/** Each lock with its own key: everybody removes their own, and the key of another's says whose it is. */
function Withdrawn({ equipment, status: { locks, outOfService } }: Part) {
  return (
    <ul class="locks" aria-label="Locks">
      {locks.map(lock => (
        <li key={lock.id}>
          <Icon name="lock" />
          <span>
            <b>{lock.byName}</b>
            <span class="locks__why">
              {lock.reason} · since {timeText(lock.at)}
            </span>
          </span>
          <CommandKey equipment={equipment} command="REMOVE_LOCK" args={{ lock: lock.id }} label={`Remove the lock of ${lock.byName}`}>
            Remove
          </CommandKey>
        </li>
      ))}
      {outOfService && (
        <li>
          <Icon name="refused" />
          <span>
            <b>Out of service: {outOfService.reason}</b>
            <span class="locks__why">
              {outOfService.byName} · since {timeText(outOfService.at)}
            </span>
          </span>
        </li>
      )}
    </ul>
  );
}

function Due({ status: { serviceDue } }: { status: EquipmentStatus }) {
  if (serviceDue.length === 0) return null;
  return (
    <ul class="locks" aria-label="Maintenance due">
      {serviceDue.map(item => (
        <li key={item.id}>
          <Icon name="attention" />
          <span>
            <b>{item.text}</b>
            <span class="locks__why">
              due since {timeText(item.since)} · {item.enforced ? 'enforced: nobody uses the machine before' : 'a reminder'}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}
