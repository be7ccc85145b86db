import { timeText } from '../client/truth.ts';
import { Icon } from './icon.tsx';
import { useStatus } from './verdicts.ts';

/** What does not work as it should around this machine, in its own words. Nothing when all is well. */
export function MachineTrouble({ equipment }: { equipment: string }) {
  const degraded = useStatus(equipment)?.degraded ?? [];
  if (degraded.length === 0) return null;
  return (
    <ul class="impaired" aria-label="Out of order">
      {degraded.map(({ code, message, since }) => (
        <li class="trouble" key={code}>
          <Icon name="attention" />
          <p>
            {message} <code>{code}</code> <span class="label">since {timeText(since)}</span>
          </p>
        </li>
      ))}
    </ul>
  );
}
