import { worstFirst } from '../client/alarms.ts';
import { ageText } from '../client/truth.ts';
import { AlarmItem } from './alarm-item.tsx';
import { CommandKey } from './command-key.tsx';
import type { FleetRow } from './fleet-rows.ts';
import { useNow } from './hooks.ts';
import { Icon } from './icon.tsx';
import { Link } from './link.tsx';
import { subtitle } from './looks.ts';
import { Simulated } from './marks.tsx';
import { useStatus } from './verdicts.ts';

const tones: Readonly<Record<string, string>> = { aborted: 'c-alarm', stale: 'c-doubt', unknown: 'c-doubt' };

/** Beside the dashboard: who is needed where, and every alarm. */
export function AttentionRail({ rows }: { rows: readonly FleetRow[] }) {
  const waiting = rows.filter(row => row.needsPerson);
  const alarmed = rows.filter(row => row.summary.alarms > 0);
  const alarms = alarmed.reduce((sum, row) => sum + row.summary.alarms, 0);
  return (
    <>
      <section class="todo">
        <div class="head">
          <h2>
            Needs a person <span class="count">{waiting.length}</span>
          </h2>
          <span class="grow" />
          <span class="label">since</span>
        </div>
        {waiting.length === 0 && <p class="label">Nobody is needed anywhere.</p>}
        <ul>
          {waiting.map(row => (
            <Waiting key={row.id} row={row} />
          ))}
        </ul>
      </section>
      <section class="alarms">
        <div class="head">
          <h2>
            Alarms <span class="count">{alarms}</span>
          </h2>
        </div>
        {alarms === 0 && <p class="label">No machine reports an alarm.</p>}
        <ul>
          {alarmed.map(row => (
            <AlarmsOf key={row.id} row={row} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Waiting({ row }: { row: FleetRow }) {
  const status = useStatus(row.id);
  const now = useNow(1_000);
  const since = status?.since.execution;
  return (
    <li>
      <Link to={`/machines/${row.id}`}>
        <span class={tones[row.look.state] ?? 'c-attention'}>
          <Icon name={row.summary.latched ? 'lock' : `st-${row.look.state}`} />
        </span>
        <span>
          <b>{row.summary.latched ? 'Stop is latched: release it there' : `${row.look.word}: go and look`}</b>
          <span class="todo__where">
            {row.summary.name} {row.summary.simulated && <Simulated narrow />} · {subtitle(row.look, row.summary)}
          </span>
        </span>
        <time>{since === undefined ? '' : ageText(Math.max(0, now - since)).replace(/ (min|h)$/, '')}</time>
      </Link>
    </li>
  );
}

/** The machines come by need, so the worst is on top; the key stands at the first alarm that nobody has seen. */
function AlarmsOf({ row }: { row: FleetRow }) {
  const alarms = [...(useStatus(row.id)?.alarms ?? [])].sort(worstFirst);
  const where = (
    <>
      {row.summary.name} {row.summary.simulated && <Simulated narrow />} ·
    </>
  );
  return (
    <>
      {alarms.map((alarm, i) => (
        <AlarmItem key={`${alarm.code} ${alarm.at}`} alarm={alarm} where={where}>
          {i === 0 && (
            <CommandKey equipment={row.id} command="ACK_ALARM" label={`Acknowledge the alarms of ${row.summary.name}`} compact>
              Ack
            </CommandKey>
          )}
        </AlarmItem>
      ))}
    </>
  );
}
