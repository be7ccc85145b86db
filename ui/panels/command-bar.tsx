import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Icon } from '../components/icon.tsx';
import { capability } from '../components/looks.ts';
import { useStatus, useVerdict } from '../components/verdicts.ts';

interface BarKey {
  readonly command: CommandName;
  readonly label: string;
  readonly hint: string;
  /** Shown only where the type knows this capability. */
  readonly needs?: string;
}

/** START stands at the other end than END JOB. */
const keys: readonly BarKey[] = [
  { command: 'STOP', label: 'END JOB', hint: 'to Stopped' },
  { command: 'CLEAR', label: 'CLEAR', hint: 'to Stopped' },
  { command: 'RESET', label: 'RESET', hint: 'to Idle' },
  { command: 'HOLD', label: 'HOLD', hint: 'pause' },
  { command: 'UNHOLD', label: 'UNHOLD', hint: 'goes on moving' },
  { command: 'COMPLETE', label: 'COMPLETE', hint: 'finish what was sent' },
  { command: 'HOME', label: 'HOME', hint: 'moves every axis', needs: 'home' },
];

/** From Suspended, a person leads on with another command than from Held; both stand in the same place. */
const unsuspend: BarKey = { command: 'UNSUSPEND', label: 'UNSUSPEND', hint: 'goes on moving' };

/** The commands of the machine's family, always in the same places. */
export function CommandBar({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return null;
  return (
    <div class="cmd" role="toolbar" aria-label="Commands">
      {keys
        .filter(key => key.command in status.decisions)
        .filter(key => key.needs === undefined || capability(status, key.needs) !== 'lacks')
        .map(key => (key.command === 'UNHOLD' && status.value.execution === 'Suspended' ? unsuspend : key))
        .map(key => (
          <CommandKey key={key.command} equipment={equipment} command={key.command} label={key.label} hint={key.hint} class="cmd__key" />
        ))}
      {capability(status, 'program') !== 'lacks' && <StartKey equipment={equipment} />}
    </div>
  );
}

function StartKey({ equipment }: { equipment: string }) {
  const { allowed } = useVerdict(equipment, { command: 'START' });
  return (
    <CommandKey equipment={equipment} command="START" label="START" hint="runs the program" class="cmd__key start">
      <Icon name={allowed ? 'st-execute' : 'refused'} />
      START
    </CommandKey>
  );
}
