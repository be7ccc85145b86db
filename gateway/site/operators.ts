import { operatorList } from '../contract/site.ts';
import { type Route, route } from '../http/route.ts';
import type { SiteDesk } from './site-desk.ts';

/** Who may be in control of a machine, for whoever hands one over. Names only: trainings and accounts are for maintainers. */
export function operatorRoutes(desk: SiteDesk): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/v1/site/operators',
      access: 'operator',
      summary: 'Everybody to whom control can be handed over.',
      answers: operatorList,
      handle: async () => {
        const people = desk.door.ask(db =>
          db
            .selectFrom('person')
            .select(['id', 'name'])
            .where('disabled', '=', false)
            .where('role', '!=', 'viewer')
            .orderBy('name')
            .execute(),
        );
        return { json: { items: await people } };
      },
    }),
  ];
}
