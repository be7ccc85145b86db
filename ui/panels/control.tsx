import { timeText } from '../client/truth.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Icon } from '../components/icon.tsx';
import { useStatus } from '../components/verdicts.ts';
import { Lease } from './lease.tsx';

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
      </div>
      <Lease equipment={equipment} />
      {status.stop.latched && <Latched equipment={equipment} />}
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
