import { useEffect } from 'preact/hooks';
import { currentPath, followHistory, navigate, type Route, routeOf } from './client/route.ts';
import type { Services } from './client/services.ts';
import type { SessionState } from './client/session.ts';
import { Frame } from './components/frame.tsx';
import { ServicesContext, useCell } from './components/hooks.ts';
import { FleetPage } from './pages/fleet.tsx';
import { LogInPage } from './pages/login.tsx';
import { MachinePage } from './pages/machine.tsx';
import { MachinesPage } from './pages/machines.tsx';
import { PeoplePage } from './pages/people.tsx';
import { RulesPage } from './pages/rules.tsx';
import { SetUpPage } from './pages/setup.tsx';

/** The whole interface. */
export function App({ services }: { services: Services }) {
  const path = useCell(currentPath);
  const session = useCell(services.session.state);
  useEffect(followHistory, []);
  const route = routeOf(path);
  useEffect(() => {
    if (session.kind === 'none' && route.page !== 'login' && route.page !== 'setup') navigate('/login');
    if (session.kind === 'open' && (route.page === 'login' || route.page === 'setup')) navigate('/');
  }, [session.kind, route.page]);
  return (
    <ServicesContext.Provider value={services}>
      <Shown route={route} session={session} />
    </ServicesContext.Provider>
  );
}

function Shown({ route, session }: { route: Route; session: SessionState }) {
  if (route.page === 'setup' && session.kind !== 'open') return <SetUpPage />;
  switch (session.kind) {
    case 'restoring':
      return <Waiting text="Looking for your log-in …" />;
    case 'unreachable':
      return <Waiting text="W.I.T. does not answer. Trying again every 3 s. Machines and their own stops work without this page." />;
    case 'none':
      return <LogInPage setupNeeded={session.setupNeeded} />;
    case 'open':
      return <Page route={route} />;
  }
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case 'machine':
      return <MachinePage key={route.equipment} equipment={route.equipment} />;
    case 'machines':
      return <MachinesPage />;
    case 'people':
      return <PeoplePage />;
    case 'rules':
      return <RulesPage />;
    case 'lost':
      return (
        <Frame title="No such page" current="fleet">
          <p class="lost">There is nothing at this address. The dashboard is one step to the left.</p>
        </Frame>
      );
    default:
      return <FleetPage />;
  }
}

function Waiting({ text }: { text: string }) {
  return (
    <main class="gate">
      <p class="gate__wait" role="status">
        {text}
      </p>
    </main>
  );
}
