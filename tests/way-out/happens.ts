import type { PathStep } from '../../statecharts/equipment/path-answer.ts';
import type { Station } from './station.ts';

/** What somebody at the machine, another machine, people, or a server does; what comes by itself needs nobody. */
const makers: readonly (readonly [RegExp, (station: Station) => Promise<unknown>])[] = [
  [/^The guard is closed/, station => station.hands({ verb: 'door', position: 'closed' })],
  [/^Power and cable are restored/, back],
  [/^The machine (answers again|says what it is)/, back],
  [/is switched on\.$/, ({ workshop: { beside } }) => switchOn(beside)],
  [/comes to rest\.$/, ({ workshop: { beside } }) => beside.must('SWITCH_OFF')],
  [/people state that they are in the workshop/, ({ workshop }) => everybodyIsHere(workshop)],
  [/who may supervise/, ({ workshop: { people } }) => people.olga.call('POST', '/auth/presence', { equipment: null })],
  [/^The database is back/, async ({ workshop }) => workshop.product.bringBack()],
  [/^It is \d\d:\d\d\.$/, station => station.until('quiet hours are over', isLoud, minute + 30_000)],
  [
    /^The booked time/,
    station => station.until('the booking is over', ({ site }) => !JSON.stringify(site.facts.booking ?? {}).includes('until')),
  ],
];

export async function happens(station: Station, step: PathStep): Promise<void> {
  if (step.who === 'the machine' && !/^The machine (answers|says)/.test(step.text)) return;
  await makers.find(([text]) => text.test(step.text))?.[1](station);
}

const minute = 60_000;
const isLoud = ({ reasons }: Station['status']) => reasons.every(({ code }) => code !== 'quiet-hours');

async function switchOn(station: Station): Promise<void> {
  await station.go({ command: 'SWITCH_ON' });
  await station.must('SWITCH_ON');
}

/** Plugged in, switched on, and answering. */
async function back(station: Station): Promise<void> {
  await station.hands({ verb: 'restore' });
  await station.hands({ verb: 'answer' });
}

async function everybodyIsHere({ people, mara }: Station['workshop']): Promise<void> {
  const { ben, olga, vic, wim, vera } = people;
  await Promise.all([mara, ben, olga, vic, wim, vera].map(one => one.call('POST', '/auth/presence', { equipment: null })));
}
