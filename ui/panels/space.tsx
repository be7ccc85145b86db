import type { EquipmentStatus, Telemetry } from '../../statecharts/equipment/status.ts';
import { jobId, jobsOf } from '../client/programs.ts';
import type { Truth } from '../client/truth.ts';
import { useCell, useServices } from '../components/hooks.ts';
import { useStatus } from '../components/verdicts.ts';
import { useTelemetry } from './position.tsx';
import { ToolpathView } from './toolpath.tsx';

/** The program that is loaded, or else checked last, as it will be cut; without one the travel of the axes. */
export function SpacePanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const jobs = jobsOf(useCell(useServices().store.jobs), equipment).filter(job => job.check?.ok);
  const job = jobs.find(one => jobId(one) === status?.job?.id) ?? jobs[0];
  if (!job) return <EnvelopeView equipment={equipment} />;
  return (
    <figure class="space">
      <div class="head">
        <h2>Toolpath</h2>
        <span class="label cut">
          {job.name} {job.check?.bounds ? sizeText(job.check.bounds) : ''}
        </span>
      </div>
      <ToolpathView job={job} equipment={equipment} />
      <figcaption class="legend">
        <span>
          <i class="legend__done" />
          acknowledged
        </span>
        <span>
          <i class="legend__maybe" />
          not certain
        </span>
        <span>
          <i class="legend__rest" />
          to do
        </span>
        <span>
          <i class="legend__tool" />
          tool
        </span>
      </figcaption>
    </figure>
  );
}

/** The work space from above: travel limits and the tool where the machine says it is. */
function EnvelopeView({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const { telemetry, truth } = useTelemetry(equipment);
  if (!status?.envelope) return <p class="lost">The machine has not said how far its axes travel.</p>;
  return (
    <figure class="space">
      <div class="head">
        <h2>Work space</h2>
        <span class="label">from above, machine coordinates</span>
      </div>
      <Plan envelope={status.envelope} telemetry={telemetry} truth={truth} />
      <figcaption class="legend">
        <span>
          <i class="legend__travel" />
          travel {sizeText(status.envelope)}
        </span>
        <span>
          <i class="legend__tool" />
          tool, {truth.kind}
        </span>
      </figcaption>
    </figure>
  );
}

interface PlanProps {
  readonly envelope: NonNullable<EquipmentStatus['envelope']>;
  readonly telemetry: Telemetry | undefined;
  readonly truth: Truth;
}

/** Machine coordinates, mm; Y points up, as on the machine, so it is mirrored for the screen. */
function Plan({ envelope, telemetry, truth }: PlanProps) {
  const { min, max } = envelope;
  const [width, height] = [max.x - min.x, max.y - min.y];
  const margin = Math.max(width, height) * 0.06;
  const tool = telemetry?.machine;
  const r = Math.max(width, height) / 60;
  const box = `${min.x - margin} ${-max.y - margin} ${width + 2 * margin} ${height + 2 * margin}`;
  return (
    <svg class="plan" viewBox={box} role="img" aria-label={`Work space from above, ${sizeText(envelope)}`}>
      <rect class="plan__travel" x={min.x} y={-max.y} width={width} height={height} />
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
