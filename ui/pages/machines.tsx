import { AttentionRail } from '../components/attention-rail.tsx';
import { useFleet } from '../components/fleet-rows.ts';
import { Frame } from '../components/frame.tsx';
import { MachineList } from '../components/machine-list.tsx';

/** Every machine as a row, for finding one by name. */
export function MachinesPage() {
  const byNeed = useFleet();
  const rows = [...byNeed].sort((a, b) => a.summary.name.localeCompare(b.summary.name));
  return (
    <Frame title="Machines" current="machines" rail={<AttentionRail rows={byNeed} />} railName="Attention">
      <div class="fleet">
        <div class="bar-top">
          <h1>Machines</h1>
          <span class="label">by name</span>
        </div>
        {rows.length === 0 && <p class="lost">No machine has reported yet.</p>}
        <MachineList rows={rows} />
      </div>
    </Frame>
  );
}
