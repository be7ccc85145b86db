import { useState } from 'preact/hooks';
import { navigate } from '../client/route.ts';
import { AlarmsPanel } from '../panels/alarms.tsx';
import { BookingsPanel } from '../panels/bookings.tsx';
import { CommandBar } from '../panels/command-bar.tsx';
import { ConsolePanel } from '../panels/console.tsx';
import { ControlPanel } from '../panels/control.tsx';
import { FeedPanel } from '../panels/feed.tsx';
import { JogPanel } from '../panels/jog.tsx';
import { LaserPanel } from '../panels/laser.tsx';
import { OverridesPanel } from '../panels/overrides.tsx';
import { useTelemetry } from '../panels/position.tsx';
import { ProgramsPanel } from '../panels/programs.tsx';
import { RunPanel } from '../panels/run.tsx';
import { ServicePanel } from '../panels/service.tsx';
import { SitePanel } from '../panels/site.tsx';
import { SpacePanel } from '../panels/space.tsx';
import { SwitchPanel } from '../panels/switch.tsx';
import { useFleet } from './fleet-rows.ts';
import { Frame } from './frame.tsx';
import { Icon } from './icon.tsx';
import { capability } from './looks.ts';
import { useLook } from './machine-head.tsx';
import { MachineList } from './machine-list.tsx';
import { TabMark } from './machine-rail.tsx';
import { MachineTrouble } from './machine-trouble.tsx';
import { Reading, Simulated, TruthMark } from './marks.tsx';
import { useStatus } from './verdicts.ts';

const tabs = ['Run', 'Jog', 'Programs', 'Console', 'Control', 'Service', 'Rules', 'Bookings'] as const;
type Tab = (typeof tabs)[number];

/** The machine on a phone: a sheet over the list, one task at a time, the stop at the thumb. */
export function MachineSheet({ equipment, name }: { equipment: string; name: string }) {
  const rows = useFleet();
  const status = useStatus(equipment);
  const [tab, setTab] = useState<Tab>('Run');
  const lacks = (name: string): boolean => status === undefined || capability(status, name) === 'lacks';
  const can = tabs.filter(choice => !(choice === 'Jog' && lacks('jog')) && !(choice === 'Programs' && lacks('program')));
  return (
    <Frame title={name} current="machines" equipment={{ id: equipment, name }}>
      <MachineList rows={rows} />
      <section class="sheet" aria-label={name}>
        <span class="grab" />
        <SheetHead equipment={equipment} name={name} />
        <MachineTrouble equipment={equipment} />
        {status?.profile !== 'switch' && <SheetAxes equipment={equipment} />}
        <div class="seg seg--tabs" role="tablist" aria-label="What to do">
          {can.map(choice => (
            <button type="button" role="tab" key={choice} aria-selected={choice === tab} onClick={() => setTab(choice)}>
              {choice}
              <TabMark status={status} tab={choice} />
            </button>
          ))}
        </div>
        <div class="sheet__body">
          <SheetTask equipment={equipment} tab={tab} />
        </div>
      </section>
    </Frame>
  );
}

function SheetTask({ equipment, tab }: { equipment: string; tab: Tab }) {
  switch (tab) {
    case 'Run':
      return <RunTask equipment={equipment} />;
    case 'Jog':
      return <JogPanel equipment={equipment} />;
    case 'Programs':
      return (
        <>
          <ProgramsPanel equipment={equipment} />
          <SpacePanel equipment={equipment} />
        </>
      );
    case 'Control':
      return (
        <>
          <ControlPanel equipment={equipment} />
          <AlarmsPanel equipment={equipment} />
        </>
      );
    case 'Service':
      return <ServicePanel equipment={equipment} />;
    case 'Rules':
      return <SitePanel equipment={equipment} />;
    case 'Bookings':
      return <BookingsPanel equipment={equipment} />;
    case 'Console':
      return <ConsolePanel equipment={equipment} />;
  }
}

function RunTask({ equipment }: { equipment: string }) {
  if (useStatus(equipment)?.profile === 'switch')
    return (
      <>
        <SwitchPanel equipment={equipment} />
        <CommandBar equipment={equipment} />
      </>
    );
  return (
    <>
      <RunPanel equipment={equipment} />
      <CommandBar equipment={equipment} />
      <OverridesPanel equipment={equipment} />
      <SpeedPanel equipment={equipment} />
    </>
  );
}

/** By capability: a beam has power, a spindle turns. */
function SpeedPanel({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const beam = status !== undefined && capability(status, 'laser') === 'has';
  return beam ? <LaserPanel equipment={equipment} /> : <FeedPanel equipment={equipment} />;
}

function SheetHead({ equipment, name }: { equipment: string; name: string }) {
  const status = useStatus(equipment);
  const { truth, look } = useLook(equipment);
  return (
    <header class="sh" data-state={look.state}>
      <Icon name={`st-${look.state}`} size="xl" />
      <div class="grow">
        <h1>
          {name} <span>{look.word}</span> {status?.simulated && <Simulated />}
        </h1>
        <p>
          {status?.detail ?? 'not read yet'} · <TruthMark truth={truth} />
        </p>
      </div>
      <button type="button" class="close" aria-label="Close" onClick={() => navigate('/')}>
        <Icon name="close" />
      </button>
    </header>
  );
}

function SheetAxes({ equipment }: { equipment: string }) {
  const { telemetry, truth } = useTelemetry(equipment);
  return (
    <div class="axes">
      {(['x', 'y', 'z'] as const).map(axis => (
        <div key={axis}>
          <span>
            <b>{axis.toUpperCase()}</b>mm {axis === 'x' ? (telemetry?.system ?? '') : ''}
          </span>
          <b>
            <Reading truth={truth} value={telemetry?.work?.[axis].toFixed(3)} />
          </b>
        </div>
      ))}
    </div>
  );
}
