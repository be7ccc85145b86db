import { ruleOf } from '../../statecharts/profiles/rules.ts';
import type { Person } from '../product/api.ts';
import { until } from '../product/wait.ts';
import { ready, set } from './places.ts';
import { done, noted, seesAgain } from './site.ts';
import type { Situation } from './situation.ts';
import type { Station, Wish } from './station.ts';

interface Lasting {
  readonly wish: Wish;
  readonly asker: Person;
  readonly situation: Situation;
}
type Change = (station: Station, lasting: Lasting) => Promise<unknown>;

/** After the change there is a way to what was wished, and it is gone. */
const then =
  (change: (station: Station, lasting: Lasting) => Promise<unknown>): Change =>
  async (station, lasting) => {
    await lasting.situation.come(station);
    // An outage is a reason of its own, and nobody changes anything else before it has ended.
    if (station.workshop.product.isWithout) station.workshop.product.bringBack();
    await change(station, lasting);
    await station.go(lasting.wish, able(station, lasting));
  };
const lockBy = (station: Station, who: 'vic' | 'wim') => station.must('LOCK_OUT', { reason: 'belt' }, station.workshop.people[who]);

/** Who changes what no step changes, and how: by the API, at the machine, or as somebody else. */
export const changes: Readonly<Record<string, Change>> = {
  'not-latched': then(async station => {
    await station.me.call('POST', `/equipment/${station.id}/stop`, {});
    await station.reaches('stopLatch', 'latched');
  }),
  'not-locked': then((station, { wish, asker }) =>
    wish.args ? Promise.resolve() : lockBy(station, asker.session.me.login === 'wim' ? 'wim' : 'vic'),
  ),
  'no-such-lock': async (station, { asker }) => {
    const lock = station.status.locks[0]?.id ?? '';
    await station.go({ command: 'REMOVE_LOCK', args: { lock } }, asker);
  },
  'not-your-lock': async (station, { situation }) => {
    await situation.come(station);
    const [lock] = station.status.locks;
    await station.go({ command: 'REMOVE_LOCK', args: { lock: lock?.id } }, station.workshop.named(lock?.byName ?? ''));
  },
  'not-reserved': then(async station => {
    const { ben } = station.workshop.people;
    await station.go({ command: 'RESERVE' }, ben);
    await station.must('RESERVE', {}, ben);
  }),
  'not-your-reservation': (station, { wish }) => station.go(wish, station.workshop.people.ben),
  'in-service': then(async station => {
    const { vic } = station.workshop.people;
    await station.go({ command: 'TAKE_OUT_OF_SERVICE' }, vic);
    await station.must('TAKE_OUT_OF_SERVICE', { reason: 'worn' }, vic);
  }),
  'no-alarm': then(async station => {
    await ready(station);
    if (station.family === 'switch') await welded(station);
    else await station.hands({ verb: 'alarm', code: 1 });
    await station.reaches('alarms', 'active');
  }),
  // No driver of these families reports a chain: there is nothing whose reset could be waited for.
  'no-reset-required': async () => undefined,
  'not-disconnected': then(async station => {
    await ready(station);
    await station.must('DISCONNECT');
    await station.reaches('connection', 'disconnected');
  }),
  'switched-on': then(async station => {
    await station.must('SWITCH_OFF');
    await station.reaches('output', 'off');
  }),
  'already-on': then(async station => {
    await station.must('SWITCH_OFF');
    await station.reaches('output', 'off');
  }),
  'already-off': then(async station => {
    await station.go({ command: 'SWITCH_ON' });
    await station.must('SWITCH_ON');
    await station.reaches('output', 'on');
  }),
  'already-yours': (station, { asker }) => station.go({ command: 'HAND_OVER', args: { to: 'ben' } }, asker),
  'person-unknown': (station, { asker }) => station.go({ command: 'HAND_OVER', args: { to: 'ben' } }, asker),
  'job-not-ready': async (station, { asker }) => station.go({ command: 'LOAD_JOB', args: { job: await station.job() } }, asker),
  'no-direction': (station, { asker }) => station.go({ command: 'JOG', args: jog(1) }, asker),
  // Somebody who has the role is asked for; what else stands in the way is gone or is a fact of its own.
  role: async (station, lasting) => {
    const other = able(station, lasting);
    const { outcome, reasons } = await station.ask(lasting.wish, other);
    if (reasons.some(({ code }) => code === 'role')) throw new Error(`${other.session.me.name} has no role for ${lasting.wish.command}`);
    if (outcome === 'path') await station.go(lasting.wish, other);
  },
  'held-by-other': (station, { wish }) => station.go(wish, station.workshop.people.vic),
  'not-occupied': (station, { wish }) => station.go(wish, station.workshop.people.vic),
  'not-capable': inController,
  'not-homed': inController,
  'not-armed': inController,
  'training-missing': async (station, { wish, asker }) => {
    await noted(station, asker.session.me.id);
    await station.go(wish, asker);
  },
  'training-unknown': async (station, { wish, asker }) => {
    station.workshop.product.bringBack();
    await until('the database is back', async () => (await station.me.call('GET', '/site/rules')).status === 200);
    await noted(station, asker.session.me.id);
    await station.go(wish, asker);
  },
  'fact-unknown': then(seesAgain),
  'maintenance-due': then(done),
  'not-owned': async station => {
    const { epoch } = station.status;
    if (station.workshop.product.isWithout) {
      station.workshop.product.bringBack();
      await station.until('it was taken over', status => status.epoch > epoch && status.value.connection === 'online', 120_000);
      await station.go({ command: station.family === 'switch' ? 'SWITCH_ON' : 'START' });
    }
  },
};

/** What the controller cannot do because of a setting; what a kind of machine does not have at all nobody changes. */
async function inController(station: Station, { wish, situation }: Lasting): Promise<void> {
  const setting = situation.name === 'without homing' ? 22 : situation.name === 'out of laser mode' ? 32 : null;
  if (setting === null) return;
  await set(station, setting, 1);
  await station.go(wish);
}

/** Who may do it by their role: whoever asked, or somebody else. */
function able({ family, workshop: { people } }: Station, { wish, asker }: Lasting): Person {
  const { role } = asker.session.me;
  const maintainers = forMaintainers.includes(wish.command);
  if (maintainers) return role === 'operator' || role === 'viewer' ? people.vic : asker;
  return role === 'viewer' && ruleOf(family, wish.command)?.role ? people.ben : asker;
}

/** It is told to switch, and does not: an alarm of a relay. */
async function welded(station: Station): Promise<void> {
  await ready(station);
  await station.hands({ verb: 'stuck' });
  await station.must('SWITCH_ON');
  await station.reaches('alarms', 'active');
  await station.hands({ verb: 'unstuck' });
}

const forMaintainers: readonly string[] = ['LOCK_OUT', 'REMOVE_LOCK', 'TAKE_OUT_OF_SERVICE', 'RETURN_TO_SERVICE', 'SET_MODE'];

export function jog(x: 0 | 1, feed = 100): Readonly<Record<string, unknown>> {
  return { jogId: '0192a6e0-0000-7000-8000-000000000000', direction: x === 0 ? {} : { x: -1 }, feed, distance: 1 };
}
