import { useFleet } from '../components/fleet-rows.ts';
import { Frame } from '../components/frame.tsx';
import { phone, useMedia, useTopics } from '../components/hooks.ts';
import { capability } from '../components/looks.ts';
import { MachineHead } from '../components/machine-head.tsx';
import { MachineRail } from '../components/machine-rail.tsx';
import { MachineSheet } from '../components/machine-sheet.tsx';
import { MachineTrouble } from '../components/machine-trouble.tsx';
import { useStatus } from '../components/verdicts.ts';
import { CommandBar } from '../panels/command-bar.tsx';
import { FeedPanel } from '../panels/feed.tsx';
import { JogPanel } from '../panels/jog.tsx';
import { LaserPanel } from '../panels/laser.tsx';
import { OverridesPanel } from '../panels/overrides.tsx';
import { PositionPanel } from '../panels/position.tsx';
import { ProgramsPanel } from '../panels/programs.tsx';
import { RunPanel } from '../panels/run.tsx';
import { SpacePanel } from '../panels/space.tsx';
import { SwitchPanel } from '../panels/switch.tsx';

/** One machine: its truth, what its capabilities allow, and why not. */
export function MachinePage({ equipment }: { equipment: string }) {
  const actor = `equipment/${equipment}`;
  const small = useMedia(phone);
  const status = useStatus(equipment);
  const name = useFleet().find(row => row.id === equipment)?.summary.name ?? status?.name ?? equipment;
  useTopics([`${actor}/status`, `${actor}/telemetry`, `${actor}/event`, `${actor}/wire`, 'jobs']);
  if (small) return <MachineSheet equipment={equipment} name={name} />;
  return (
    <Frame
      title={name}
      current="machines"
      equipment={{ id: equipment, name }}
      rail={<MachineRail equipment={equipment} />}
      railName="Control and console"
    >
      <div class="machine">
        <MachineHead equipment={equipment} name={name} />
        <MachineTrouble equipment={equipment} />
        <Panels equipment={equipment} />
        <CommandBar equipment={equipment} />
      </div>
    </Frame>
  );
}

function Panels({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  if (!status) return <p class="lost">The state of this machine has not been read yet.</p>;
  if (status.profile === 'switch')
    return (
      <div class="grid">
        <SwitchPanel equipment={equipment} />
      </div>
    );
  const has = (name: string): boolean => capability(status, name) !== 'lacks';
  return (
    <div class="grid">
      <div class="col">
        <PositionPanel equipment={equipment} />
        {has('jog') && <JogPanel equipment={equipment} />}
      </div>
      {has('program') && <RunPanel equipment={equipment} />}
      {has('override') && <OverridesPanel equipment={equipment} />}
      {capability(status, 'laser') === 'has' ? <LaserPanel equipment={equipment} /> : <FeedPanel equipment={equipment} />}
      <section class="panel view" aria-label="Programs and work space">
        {has('program') && <ProgramsPanel equipment={equipment} />}
        <SpacePanel equipment={equipment} />
      </section>
    </div>
  );
}
