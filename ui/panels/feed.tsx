import { Reading } from '../components/marks.tsx';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';

/** Feed and spindle as the device measures them, its inputs, and the health of the link. */
export function FeedPanel({ equipment }: { equipment: string }) {
  const { telemetry, truth } = useTelemetry(equipment);
  return (
    <section class="panel spin" aria-label="Feed and spindle">
      <div class="head">
        <h2>Feed, spindle</h2>
      </div>
      <p class="big">
        <Reading truth={truth} value={telemetry?.feed?.toLocaleString('en')} />
        <small>mm/min</small>
      </p>
      <p class="big">
        <Reading truth={truth} value={telemetry?.spindle?.toLocaleString('en')} />
        <small>rpm</small>
      </p>
      <dl class="kv">
        <DeviceRows equipment={equipment} />
      </dl>
    </section>
  );
}

/** What every machine with axes says of itself beside its speeds. */
export function DeviceRows({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { telemetry, truth } = useTelemetry(equipment);
  return (
    <>
      <dt>Inputs on</dt>
      <dd>
        <Reading truth={truth} value={telemetry ? telemetry.pins.join(' ') || 'none' : null} />
      </dd>
      <dt>Homed</dt>
      <dd>{status?.homed ? 'yes' : 'no'}</dd>
      <dt>Link errors</dt>
      <dd>
        <Reading truth={truth} value={telemetry?.link.errors} />
      </dd>
    </>
  );
}
