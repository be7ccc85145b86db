import { timeText } from '../client/truth.ts';
import { CommandKey } from '../components/command-key.tsx';
import { useLook } from '../components/machine-head.tsx';
import { Reading } from '../components/marks.tsx';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';

/** What the contact of a switch does, as it reads back, and the two keys for it. */
export function SwitchPanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { truth } = useLook(equipment);
  const { telemetry, truth: linkTruth } = useTelemetry(equipment);
  if (!status) return null;
  const { output } = status.value;
  const since = status.since.output ?? 0;
  return (
    <section class="panel switch" aria-label="Switch">
      <div class="head">
        <h2>Contact</h2>
        <span class="grow" />
        {since > 0 && <span class="label">since {timeText(since)}</span>}
      </div>
      <p class="big">
        <Reading truth={truth} value={output === 'on' || output === 'off' ? output : null} />
        <small>as it reads back</small>
      </p>
      <div class="lease__keys">
        <CommandKey equipment={equipment} command="SWITCH_ON" label="Switch on" hint="energises" />
        <CommandKey equipment={equipment} command="SWITCH_OFF" label="Switch off" hint="de-energises" />
      </div>
      <dl class="kv">
        <dt>Link errors</dt>
        <dd>
          <Reading truth={linkTruth} value={telemetry?.link.errors} />
        </dd>
      </dl>
    </section>
  );
}
