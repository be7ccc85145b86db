import type { ComponentChildren } from 'preact';
import { priorityWords, type StandingAlarm } from '../client/alarms.ts';
import { timeText } from '../client/truth.ts';

interface AlarmItemProps {
  readonly alarm: StandingAlarm;
  /** Whose alarm it is, where that is not plain. */
  readonly where?: ComponentChildren;
  /** The key that acknowledges it. */
  readonly children?: ComponentChildren;
}

/** One alarm: its priority in shape, number and word, whether it came first, and who has seen it. */
export function AlarmItem({ alarm, where, children }: AlarmItemProps) {
  const { priority, acknowledged } = alarm;
  return (
    <li class={acknowledged ? 'alarm' : 'alarm alarm--new'} data-priority={priority}>
      <span class={`prio prio--${priority}`}>
        <span class="hidden">priority </span>
        {priority}
      </span>
      <span>
        <b>{alarm.text}</b>
        <span class="todo__where">
          {where} {priorityWords[priority]} · {timeText(alarm.at)}
          {alarm.first && (
            <>
              {' · '}
              <strong>first out</strong>
            </>
          )}{' '}
          · <code>{alarm.code}</code>
        </span>
      </span>
      {acknowledged ? (
        <span class="label alarm__seen">
          ack {acknowledged.by} {timeText(acknowledged.at).slice(0, 5)}
        </span>
      ) : (
        children
      )}
    </li>
  );
}
