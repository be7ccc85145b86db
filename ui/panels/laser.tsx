import { timeText } from '../client/truth.ts';
import { CommandKey } from '../components/command-key.tsx';
import { Reading } from '../components/marks.tsx';
import { useStatus } from '../components/verdicts.ts';
import { DeviceRows } from './feed.tsx';
import { useTelemetry } from './position.tsx';

/** Feed and beam of a laser as the device measures them, its inputs, the health of the link, and who may burn: arming for one run. */
export function LaserPanel({ equipment }: { equipment: string }) {
  const { telemetry, truth } = useTelemetry(equipment);
  const power = telemetry?.spindle;
  return (
    <section class="panel spin spin--laser" aria-label="Feed and beam">
      <div class="head">
        <h2>Feed, beam</h2>
        <span class="grow" />
        <Armed equipment={equipment} />
      </div>
      <div class="spin__figures">
        <p class="big">
          <Reading truth={truth} value={telemetry?.feed?.toLocaleString('en')} />
          <small>mm/min</small>
        </p>
        <p class="big">
          <Reading truth={truth} value={power?.toLocaleString('en')} />
          <small>S</small>
        </p>
      </div>
      <dl class="kv">
        <dt>Beam</dt>
        <dd>
          <Reading truth={truth} value={power == null ? null : power > 0 ? 'on' : 'off'} />
        </dd>
        <DeviceRows equipment={equipment} />
      </dl>
      <ArmKeys equipment={equipment} />
    </section>
  );
}

const armWords: Readonly<Record<string, string>> = { disarmed: 'disarmed', armed: 'armed', firing: 'in its run' };

function Armed({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { beam } = status?.value ?? {};
  if (!status || beam === undefined) return null;
  return (
    <span class={beam === 'disarmed' ? 'label' : 'label label--armed'} role="status" title={`since ${timeText(status.since.beam ?? 0)}`}>
      {armWords[beam] ?? beam}
    </span>
  );
}

/** Only where the family has a beam to arm. */
function ArmKeys({ equipment }: { equipment: string }) {
  const beam = useStatus(equipment)?.value.beam;
  if (beam === undefined) return null;
  return (
    <div class="lease__keys">
      <CommandKey equipment={equipment} command="ARM_LASER" label="Arm" hint="for one run" />
      <CommandKey equipment={equipment} command="DISARM_LASER" label="Disarm" hint="no beam" />
    </div>
  );
}
