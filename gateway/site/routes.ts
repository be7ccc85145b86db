import type { Route } from '../http/route.ts';
import { accountRoutes } from './accounts.ts';
import { bookingRoutes } from './bookings.ts';
import { maintenanceRoutes } from './maintenance.ts';
import { operatorRoutes } from './operators.ts';
import { ruleRoutes } from './rules.ts';
import type { SiteDesk } from './site-desk.ts';
import { trainingRoutes } from './trainings.ts';

/** `/api/v1/site/...`: people, trainings, bookings, rules and maintenance of the workshop. */
export function siteRoutes(desk: SiteDesk): Route[] {
  return [accountRoutes, trainingRoutes, operatorRoutes, bookingRoutes, ruleRoutes, maintenanceRoutes].flatMap(routes => routes(desk));
}
