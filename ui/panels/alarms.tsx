import { worstFirst } from '../client/alarms.ts';
import { AlarmItem } from '../components/alarm-item.tsx';
import { CommandKey } from '../components/command-key.tsx';
import { useStatus } from '../components/verdicts.ts';

/** The alarms that stand at this machine, worst first, and the key that says that somebody has seen them. */
export function AlarmsPanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status || status.alarms.length === 0) return null;
  const alarms = [...status.alarms].sort(worstFirst);
  const unseen = alarms.filter(alarm => alarm.acknowledged === null).length;
  return (
    <section class="alarms" aria-label="Alarms">
      <div class="head">
        <h2>
          Alarms{' '}
          <span class="count">
            {alarms.length}, {unseen} not acknowledged
          </span>
        </h2>
      </div>
      <ul aria-label="Alarms, worst first">
        {alarms.map(alarm => (
          <AlarmItem key={`${alarm.code} ${alarm.at}`} alarm={alarm} />
        ))}
      </ul>
      <CommandKey equipment={equipment} command="ACK_ALARM" label="Acknowledge" hint="I have seen them; they stand until cleared" />
    </section>
  );
}
