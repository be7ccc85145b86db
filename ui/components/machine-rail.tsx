import { useState } from 'preact/hooks';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { serviceWords } from '../client/service.ts';
import { shownRules } from '../client/site-rules.ts';
import { AlarmsPanel } from '../panels/alarms.tsx';
import { BookingsPanel } from '../panels/bookings.tsx';
import { ConsolePanel } from '../panels/console.tsx';
import { ControlPanel } from '../panels/control.tsx';
import { ServicePanel } from '../panels/service.tsx';
import { SitePanel } from '../panels/site.tsx';
import { useStatus } from './verdicts.ts';

const tabs = ['Console', 'Service', 'Rules', 'Bookings'] as const;
type Tab = (typeof tabs)[number];

/** Beside a machine: control and alarms always, and one of console, service, rules and bookings. */
export function MachineRail({ equipment }: { equipment: string }) {
  const status = useStatus(equipment);
  const [tab, setTab] = useState<Tab>('Console');
  return (
    <>
      <ControlPanel equipment={equipment} />
      <AlarmsPanel equipment={equipment} />
      <div class="seg seg--rail" role="tablist" aria-label="Beside the machine">
        {tabs.map(choice => (
          <button type="button" role="tab" key={choice} aria-selected={choice === tab} onClick={() => setTab(choice)}>
            {choice}
            <TabMark status={status} tab={choice} />
          </button>
        ))}
      </div>
      <Shown equipment={equipment} tab={tab} />
    </>
  );
}

function Shown({ equipment, tab }: { equipment: string; tab: Tab }) {
  switch (tab) {
    case 'Console':
      return <ConsolePanel equipment={equipment} />;
    case 'Service':
      return <ServicePanel equipment={equipment} />;
    case 'Rules':
      return <SitePanel equipment={equipment} />;
    case 'Bookings':
      return <BookingsPanel equipment={equipment} />;
  }
}

/** How much behind a tab stands in somebody's way. */
export function TabMark({ status, tab }: { status: EquipmentStatus | undefined; tab: string }) {
  const count = status ? wanted(status, tab) : 0;
  if (count === 0) return null;
  return (
    <span class="seg__count">
      {count}
      <span class="hidden"> to look at</span>
    </span>
  );
}

function wanted(status: EquipmentStatus, tab: string): number {
  if (tab === 'Rules') return shownRules(status.site).filter(({ verdict }) => verdict.state !== 'kept').length;
  if (tab === 'Service') return serviceWords(status).withdrawn ? Math.max(1, status.locks.length) : status.serviceDue.length;
  return 0;
}
