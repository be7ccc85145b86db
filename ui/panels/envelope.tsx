import type { EquipmentStatus, Telemetry } from '../../statecharts/equipment/status.ts';
import type { Truth } from '../client/truth.ts';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';

/** The work space from above: travel limits, the bounds of the loaded program, the tool where the machine says it is. */
export function EnvelopePanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { telemetry, truth } = useTelemetry(equipment);
  if (!status?.envelope) return <p class="lost">The machine has not said how far its axes travel.</p>;
  return (
    <figure class="space">
      <div class="head">
        <h2>Work space</h2>
        <span class="label">from above, machine coordinates</span>
      </div>
      <Plan status={status} envelope={status.envelope} telemetry={telemetry} truth={truth} />
      <figcaption class="legend">
        <span>
          <i class="legend__travel" />
          travel {sizeText(status.envelope)}
        </span>
        {status.job?.bounds && (
          <span>
            <i class="legend__bounds" />
            program {sizeText(status.job.bounds)}
          </span>
        )}
        <span>
          <i class="legend__tool" />
          tool, {truth.kind}
        </span>
      </figcaption>
    </figure>
  );
}

interface PlanProps {
  readonly status: EquipmentStatus;
  readonly envelope: NonNullable<EquipmentStatus['envelope']>;
  readonly telemetry: Telemetry | undefined;
  readonly truth: Truth;
}

/** Machine coordinates, mm; Y points up, as on the machine, so it is mirrored for the screen. */
function Plan({ status, envelope, telemetry, truth }: PlanProps) {
  const { min, max } = envelope;
  const [width, height] = [max.x - min.x, max.y - min.y];
  const margin = Math.max(width, height) * 0.06;
  const bounds = status.job?.bounds;
  const tool = telemetry?.machine;
  const r = Math.max(width, height) / 60;
  const box = `${min.x - margin} ${-max.y - margin} ${width + 2 * margin} ${height + 2 * margin}`;
  return (
    <svg class="plan" viewBox={box} role="img" aria-label={`Work space from above, ${sizeText(envelope)}`}>
      <rect class="plan__travel" x={min.x} y={-max.y} width={width} height={height} />
      {bounds && (
        <rect
          class="plan__bounds"
          x={bounds.min.x}
          y={-bounds.max.y}
          width={bounds.max.x - bounds.min.x}
          height={bounds.max.y - bounds.min.y}
        />
      )}
      {tool && (
        <g class={truth.kind === 'live' ? 'plan__tool' : 'plan__tool plan__tool--doubt'}>
          <path d={`M${tool.x} ${-tool.y - 2.5 * r}V${-tool.y + 2.5 * r}M${tool.x - 2.5 * r} ${-tool.y}H${tool.x + 2.5 * r}`} />
          <circle cx={tool.x} cy={-tool.y} r={r} />
        </g>
      )}
    </svg>
  );
}

function sizeText({ min, max }: NonNullable<EquipmentStatus['envelope']>): string {
  return `${[max.x - min.x, max.y - min.y, max.z - min.z].map(length => Math.round(length * 10) / 10).join(' × ')} mm`;
}
