import type { Route } from '../http/route.ts';
import { accountRoutes } from './accounts.ts';
import { bookingRoutes } from './bookings.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { operatorRoutes } from './operators.ts';
import { ruleRoutes } from './rules.ts';
import { SiteDesk, type SiteDeskOptions } from './site-desk.ts';
import { trainingRoutes } from './trainings.ts';

/** `/api/v1/site/...`: people, trainings, bookings, rules and maintenance of the workshop. */
export function siteRoutes(options: SiteDeskOptions): Route[] {
  const desk = new SiteDesk(options);
  return [accountRoutes, trainingRoutes, operatorRoutes, bookingRoutes, ruleRoutes, maintenanceRoutes].flatMap(routes => routes(desk));
}
