import { sql } from 'kysely';
import type { Answer } from '../product/api.ts';
import { until } from '../product/wait.ts';
import { ready } from './places.ts';
import type { Station } from './station.ts';
import { beside } from './workshop.ts';

/** Puts a rule into force at this machine, which is ready; waits until it counts. */
async function rule(station: Station, template: string, params: Readonly<Record<string, unknown>>): Promise<void> {
  const id = `${template}-${station.id}`;
  const asked = { template, params, equipment: [station.id], onLoss: 'finish' };
  await accepted(() => station.workshop.mara.call('PUT', `/site/rules/${id}`, asked));
  await station.until(`${id} is in force`, ({ site }) => site.rules.some(one => one.id === id));
}

/** No rule is in force here any more. */
export async function free(station: Station): Promise<void> {
  const { rules } = station.status.site;
  for (const { id } of rules) await answered(() => station.workshop.mara.call('POST', `/site/rules/${id}/deactivate`));
  await station.until('no rule is in force', ({ site }) => site.rules.length === 0);
}

/** A database that is slow for a moment is asked again. */
function answered(ask: () => Promise<Answer>): Promise<Answer> {
  return until('an answer', async () => {
    const answer = await ask();
    if (answer.status === 503) throw new Error(JSON.stringify(answer));
    return answer;
  });
}

async function accepted(ask: () => Promise<Answer>): Promise<void> {
  const { status, body } = await answered(ask);
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
}

/** What it looks at is off. */
export async function lonely(station: Station): Promise<void> {
  const { beside: other } = station.workshop;
  await free(station);
  await ready(other);
  await ready(station);
  await rule(station, 'equipment-running', { equipment: beside });
  await station.until('it does not run', ({ reasons }) => reasons.some(({ code }) => code === 'equipment-not-running'));
}

/** What it looks at is on. */
export async function crowded(station: Station): Promise<void> {
  const { beside: other } = station.workshop;
  await free(station);
  await ready(other);
  await ready(station);
  await other.must('SWITCH_ON');
  await rule(station, 'equipment-resting', { equipment: beside });
  await station.until('it runs', ({ reasons }) => reasons.some(({ code }) => code === 'equipment-running'));
}

/** What it looks at is out of reach. */
export async function blind(station: Station): Promise<void> {
  const { beside: other } = station.workshop;
  await free(station);
  await ready(other);
  await ready(station);
  await rule(station, 'equipment-running', { equipment: beside });
  await other.hands({ verb: 'go_away' });
  await station.until('it is not known', ({ reasons }) => reasons.some(({ code }) => code === 'fact-unknown'));
}

export async function seesAgain(station: Station): Promise<void> {
  await station.workshop.beside.hands({ verb: 'restore' });
  await station.until('it is known again', ({ reasons }) => reasons.every(({ code }) => code !== 'fact-unknown'));
}

const clock = (at: number) => new Date(at).toTimeString().slice(0, 5);
const minute = 60_000;

/** Until the next minute begins that is far enough away to be asked before. */
export async function quiet(station: Station): Promise<void> {
  await free(station);
  await ready(station);
  const from = Date.now() - 10 * minute;
  const to = Math.ceil((Date.now() + 20_000) / minute) * minute;
  await rule(station, 'quiet-hours', { from: clock(from), to: clock(to) });
  await station.until('it is quiet', ({ reasons }) => reasons.some(({ code }) => code === 'quiet-hours'));
}

/** So many as there are, but for Tina and those who walk away. */
const everybody = 6;

export async function alone(station: Station): Promise<void> {
  const { mara, people } = station.workshop;
  await free(station);
  await answered(() => people.olga.call('DELETE', '/auth/presence'));
  await ready(station);
  await rule(station, 'not-alone', { from: clock(Date.now() - 60 * minute), to: clock(Date.now() + 120 * minute), people: everybody });
  await answered(() => mara.call('POST', '/auth/presence', { equipment: null }));
  await station.until('somebody is missing', ({ reasons }) => reasons.some(({ code }) => code === 'alone'));
}

export async function noted(station: Station, who: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const training = `course-${station.id}`;
  await accepted(() => station.workshop.people.vic.call('POST', `/site/people/${who}/trainings`, { training, ...more }));
}

/** A training that Mara does not have. */
export async function untrained(station: Station): Promise<void> {
  const { vic } = station.workshop.people;
  await free(station);
  const training = `course-${station.id}`;
  await accepted(() => vic.call('PUT', `/site/trainings/${training}`, { title: 'Course' }));
  await answered(() => vic.call('DELETE', `/site/people/${station.me.session.me.id}/trainings/${training}`));
  await ready(station);
  await rule(station, 'training', { training });
}

/** Mara has it, and the first uses need somebody beside her. */
export async function beginner(station: Station): Promise<void> {
  const { olga } = station.workshop.people;
  await answered(() => olga.call('DELETE', '/auth/presence'));
  await untrained(station);
  await noted(station, station.me.session.me.id, { supervised: 500 });
  await noted(station, olga.session.me.id, { maySupervise: true });
}

export async function booked(station: Station): Promise<void> {
  await station.until('no booking is left', ({ site }) => !JSON.stringify(site.facts.booking ?? {}).includes('until'));
  await ready(station);
  const { ben } = station.workshop.people;
  const from = Date.now();
  await accepted(() => ben.call('POST', '/site/bookings', { equipment: station.id, from, until: from + 2_500 }));
  await station.until('it is booked', ({ site }) => JSON.stringify(site.facts.booking ?? {}).includes(ben.session.me.id));
}

const planOf = (station: Station) => `/site/maintenance/oil-${station.id}`;

/** The clock of this plan is put back: it is due for a day. */
export async function due(station: Station): Promise<void> {
  if (station.status.value.maintenance === 'due') await done(station);
  await ready(station);
  const { vic } = station.workshop.people;
  const plan = { equipment: station.id, text: 'Oil it', everyDays: 1, enforced: true };
  await accepted(() => vic.call('PUT', planOf(station), plan));
  await station.workshop.db
    .updateTable('maintenance_plan')
    .set({ last_done_at: sql<Date>`now() - interval '2 days'` })
    .where('id', '=', `oil-${station.id}`)
    .execute();
  await accepted(() => vic.call('PUT', planOf(station), plan));
  await station.reaches('maintenance', 'due');
}

export async function done(station: Station): Promise<void> {
  await accepted(() => station.workshop.people.vic.call('POST', `${planOf(station)}/done`));
  await station.reaches('maintenance', 'inService');
}
