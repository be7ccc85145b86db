import { Reading } from '../components/marks.tsx';
import { DeviceRows } from './feed.tsx';
import { useTelemetry } from './position.tsx';

/** Feed and beam of a laser as the device measures them, its inputs, and the health of the link. */
export function LaserPanel({ equipment }: { equipment: string }) {
  const { telemetry, truth } = useTelemetry(equipment);
  const power = telemetry?.spindle;
  return (
    <section class="panel spin" aria-label="Feed and beam">
      <div class="head">
        <h2>Feed, beam</h2>
      </div>
      <p class="big">
        <Reading truth={truth} value={telemetry?.feed?.toLocaleString('en')} />
        <small>mm/min</small>
      </p>
      <p class="big">
        <Reading truth={truth} value={power?.toLocaleString('en')} />
        <small>S</small>
      </p>
      <dl class="kv">
        <dt>Beam</dt>
        <dd>
          <Reading truth={truth} value={power == null ? null : power > 0 ? 'on' : 'off'} />
        </dd>
        <DeviceRows equipment={equipment} />
      </dl>
    </section>
  );
}
