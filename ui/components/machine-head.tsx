import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { type StandingAlarm, worstFirst } from '../client/alarms.ts';
import { serviceWords } from '../client/service.ts';
import { ageText, stateTruth, type Truth, throughConnection, timeText } from '../client/truth.ts';
import { useCell, useNow, useServices } from './hooks.ts';
import { Icon } from './icon.tsx';
import { capability, type Look, lookOf } from './looks.ts';
import { Simulated } from './marks.tsx';
import { useStatus } from './verdicts.ts';

/** The truth and the look of a machine's state word on its own page. */
export function useLook(equipment: string): { truth: Truth; look: Look } {
  const { store, live } = useServices();
  const status = useStatus(equipment);
  const summaryAt = useCell(store.summaries).get(`equipment/${equipment}`)?.at ?? 0;
  const telemetryAt = useCell(store.telemetry(`equipment/${equipment}`))?.at ?? 0;
  const evidence = Math.max(status?.at ?? 0, summaryAt, telemetryAt);
  const truth = throughConnection(stateTruth(status, evidence, useNow(500)), useCell(live.state));
  const execution = status?.value.execution ?? 'Unknown';
  return { truth, look: lookOf(execution, truth, status?.value.connection) };
}

/** Name, state and every region of the machine's chart. */
export function MachineHead({ equipment, name }: { equipment: string; name: string }) {
  const status = useStatus(equipment);
  const { truth, look } = useLook(equipment);
  return (
    <header class="mhead" data-state={look.state}>
      <div>
        <h1>{name}</h1>
        <p>
          {status?.simulated && <Simulated />} <span title={status?.device?.version}>{status?.device?.firmware ?? 'not identified'}</span>
        </p>
      </div>
      <div class="mstate" role="status">
        <Icon name={`st-${look.state}`} size="xl" />
        <div>
          <b>{look.word}</b>
          <p>{look.state === 'stale' ? `was ${status?.value.execution ?? 'unknown'} when last heard` : (status?.detail ?? '')}</p>
        </div>
      </div>
      <Regions equipment={equipment} truth={truth} />
    </header>
  );
}

function Regions({ equipment, truth }: { equipment: string; truth: Truth }) {
  const status = useStatus(equipment);
  if (!status) return null;
  const { value, since } = status;
  const when = (region: string): string => {
    const at = since[region] ?? 0;
    return at > 0 ? `since ${timeText(at)}` : '';
  };
  const service = serviceWords(status);
  const facts: readonly (readonly [string, string, string])[] = [
    ['Authority', value.authority ?? 'unknown', `${status.node} · epoch ${status.epoch}`],
    ['Connection', value.connection ?? 'unknown', truth.age === null ? 'never read' : `${truth.kind} ${ageText(truth.age)}`],
    ['Mode', (value.mode ?? 'unknown').replace('.ready', ''), when('mode')],
    ['Safety', safetyWord(value.safety), value.safety === 'notObserved' ? 'no chain wired' : when('safety')],
    ...stopFacts(status),
    ['Occupancy', value.occupancy ?? 'unknown', status.holder?.name ?? status.reservation?.name ?? 'nobody'],
    ['Service', service.word, service.more],
    ['Alarms', alarmWord(status.alarms), [...status.alarms].sort(worstFirst)[0]?.text ?? homedText(status)],
  ];
  return (
    <dl class={truth.kind === 'live' ? 'regions' : 'regions regions--doubt'}>
      {facts.map(([region, state, more]) => (
        <div key={region}>
          <dt>{region}</dt>
          <dd>{state}</dd>
          <dd title={more}>{more}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A stop that is released and acts at once is no news; anything else is. */
function stopFacts({ stop, stopPath }: EquipmentStatus): readonly (readonly [string, string, string])[] {
  if (stop.latched) return [['Stop', 'latched', `by ${stop.by ?? 'unknown'}`]];
  return stopPath === 'queued' ? [['Stop', 'released', 'acts behind queued lines']] : [];
}

/** Of what moves; a switch has no axes that could be homed. */
function homedText(status: EquipmentStatus): string {
  if (capability(status, 'home') !== 'has') return '';
  return status.homed ? 'homed' : 'not homed';
}

function alarmWord(alarms: readonly StandingAlarm[]): string {
  if (alarms.length === 0) return 'none';
  return alarms.every(alarm => alarm.acknowledged) ? `${alarms.length} seen` : String(alarms.length);
}

function safetyWord(safety: string | undefined): string {
  return safetyWords[safety ?? ''] ?? safety ?? 'unknown';
}

const safetyWords: Readonly<Record<string, string>> = {
  notObserved: 'not observed',
  guardOpen: 'guard open',
  protectiveStop: 'protective stop',
  estop: 'emergency stop',
  resetRequired: 'reset required',
};
