import { until } from '../product/wait.ts';
import { patience } from '../product/watch.ts';
import { jog } from './changes.ts';
import { foreignTo } from './every-way.ts';
import * as people from './people.ts';
import * as places from './places.ts';
import * as site from './site.ts';
import type { Situation } from './situation.ts';
import type { Station, Wish } from './station.ts';
import { beside, type Family, password } from './workshop.ts';

const all: readonly Family[] = ['motion', 'laser', 'switch'];
const program: readonly Family[] = ['motion', 'laser'];

/** In time a silent machine counts as gone: so much is asked before. */
const unanswered: readonly Wish[] = [{ command: 'START' }, { command: 'LOAD_JOB' }];
const aborted: readonly Wish[] = [
  { command: 'SET_MODE', args: { mode: 'setup' } },
  { command: 'TAKE_OUT_OF_SERVICE' },
  { command: 'DISCONNECT' },
];

/** Where the machine itself is. */
const ofMachine: readonly Situation[] = [
  { name: 'as it starts', families: all, come: places.fresh },
  { name: 'ready', families: all, come: places.ready },
  {
    name: 'ready, and nobody said to be there',
    families: program,
    come: async station => {
      await places.ready(station);
      await station.leave();
    },
  },
  { name: 'in setup', families: all, come: places.setup },
  { name: 'jogging', families: program, come: places.jogging },
  { name: 'busy with a typed line', families: program, come: places.typing },
  { name: 'running', families: program, come: places.running },
  { name: 'held', families: program, come: places.held },
  { name: 'suspended by its door', families: program, come: places.ajar },
  { name: 'suspended, its door closed again', families: program, come: places.closedAgain },
  { name: 'complete', families: program, come: places.complete },
  { name: 'stopped', families: program, come: places.stopped },
  { name: 'in alarm', families: program, come: places.alarmed },
  { name: 'stopped by the key', families: all, come: places.latched },
  { name: 'stopped by the key, with its door open', families: program, come: places.latchedAndOpen },
  { name: 'without its link', families: all, come: places.cut },
  { name: 'disconnected', families: all, come: places.disconnected },
  { name: 'in doubt, asked to disconnect', families: all, come: places.inDoubt, wishes: () => [{ command: 'DISCONNECT' }] },
  { name: 'not answering', families: program, come: places.silent, wishes: () => unanswered },
  { name: 'without a job', families: program, come: places.unloaded },
  { name: 'in inches', families: program, come: station => places.typed(station, 'G20', 'modes-changed') },
  { name: 'with its work offset moved', families: program, come: station => places.typed(station, 'G92 X-2', 'offsets-changed') },
  { name: 'on its way to be aborted', families: ['switch'], come: places.aborting, wishes: () => aborted },
  {
    name: 'not homed, asked to jog fast',
    families: program,
    come: places.notHomedInSetup,
    wishes: () => [{ command: 'JOG', args: jog(1, 2_000) }],
  },
  { name: 'disarmed', families: ['laser'], come: places.disarmed },
  { name: 'on', families: ['switch'], come: places.switchedOn },
];

/** Who has it, and who asks. */
const ofPeople: readonly Situation[] = [
  { name: 'ready, asked by a viewer', families: all, asker: 'vera', come: places.ready },
  { name: 'ready, asked by an operator', families: all, asker: 'ben', come: places.ready },
  { name: 'as it starts, asked by an operator', families: all, asker: 'ben', come: places.fresh },
  { name: 'locked out by two', families: all, come: people.lockedByTwo },
  { name: 'locked out, asked by another maintainer', families: all, asker: 'wim', come: people.lockedByVic },
  { name: 'out of service', families: all, come: people.outOfService },
  { name: 'kept for Ben', families: all, come: people.keptForBen },
  {
    name: 'kept for Ben, asked by another operator',
    families: all,
    asker: 'olga',
    come: people.keptForBen,
    wishes: () => [{ command: 'CANCEL_RESERVATION' }],
  },
  { name: 'held by Ben', families: all, come: people.heldByBen },
  { name: 'offered to Ben', families: all, come: people.offeredToBen },
];

/** What the arguments ask for. */
const ofArguments: readonly Situation[] = [
  {
    name: 'ready, asked for what it does not have',
    families: all,
    come: places.ready,
    wishes: station => foreignTo(station).map(command => ({ command })),
  },
  {
    name: 'ready, asked to hand over',
    families: all,
    come: places.ready,
    wishes: ({ me }) => ['nobody', me.session.me.id].map(to => ({ command: 'HAND_OVER' as const, args: { to } })),
  },
  {
    name: 'ready, asked to load what is not there',
    families: program,
    come: places.ready,
    wishes: () => [{ command: 'LOAD_JOB', args: { job: 'no-such-job' } }],
  },
  {
    name: 'locked out, asked to remove another lock',
    families: all,
    come: people.lockedByVic,
    wishes: () => [{ command: 'REMOVE_LOCK', args: { lock: 'none' } }],
  },
  {
    name: 'in setup, asked to jog nowhere',
    families: program,
    come: places.setup,
    wishes: () => [{ command: 'JOG', args: jog(0) }],
  },
];

/** What the workshop asks for. */
const ofSite: readonly Situation[] = [
  { name: 'beside one that must run', families: all, shares: beside, come: site.lonely, leave: site.free },
  { name: 'beside one that must rest', families: all, shares: beside, come: site.crowded, leave: site.free },
  {
    name: 'beside one that is out of reach',
    families: all,
    shares: beside,
    come: site.blind,
    leave: async station => {
      await site.seesAgain(station);
      await site.free(station);
    },
  },
  { name: 'alone in the workshop', families: all, shares: 'olga', come: site.alone, leave: site.free },
  { name: 'ready for whoever is trained', families: all, come: site.untrained, leave: site.free },
  { name: 'ready for a beginner', families: all, shares: 'olga', come: site.beginner, leave: site.free },
  { name: 'booked by Ben', families: all, come: site.booked },
  { name: 'due for maintenance', families: all, come: site.due, leave: site.done },
];

/** What a rule of the site can refuse. */
const sited: readonly Wish[] = (['START', 'UNHOLD', 'UNSUSPEND', 'COMPLETE'] as const).map(command => ({ command }));
const byRules = ({ family }: Station): readonly Wish[] =>
  family === 'switch' ? [{ command: 'SWITCH_ON' }] : family === 'laser' ? [...sited, { command: 'ARM_LASER' }] : sited;

/** What takes its time goes first, beside everything else. */
const patient: readonly Situation[] = [
  { name: 'left by whoever is in control', families: all, come: people.abandoned, wishes: () => [{ command: 'HAND_OVER' }] },
  { name: 'in quiet hours', families: all, come: site.quiet, afterFirst: places.ready, leave: site.free, wishes: byRules },
];

/** What is set in the controller. */
const ofSettings: readonly Situation[] = [
  { name: 'without homing', families: program, come: places.withoutHoming, leave: station => places.set(station, 22, 1) },
  { name: 'out of laser mode', families: ['laser'], come: places.outOfLaserMode, leave: station => places.set(station, 32, 1) },
  {
    name: 'smaller than its program',
    families: program,
    come: places.outsideEnvelope,
    leave: async station => {
      station.work('wide');
      await places.set(station, 130, 800);
    },
  },
];

export const situations: readonly Situation[] = [...patient, ...ofMachine, ...ofPeople, ...ofArguments, ...ofSite, ...ofSettings];

const without =
  (name: string, code: string, come: (station: Station) => Promise<void> = places.ready) =>
  async (station: Station) => {
    await come(station);
    await station.workshop.product.takeAway(name);
    const isRefused = async () => (await station.ask({ command: 'RESERVE' })).reasons.some(one => one.code === code);
    await until(`${station.id} is refused with ${code}`, isRefused, patience);
  };
const bringBack = async ({ workshop }: Station) => workshop.product.bringBack();

/** What concerns every machine, one after the other. */
export const outages: readonly Situation[] = [
  {
    name: 'without a database',
    families: all,
    come: without('postgres', 'journal-unavailable'),
    afterFirst: places.ready,
    leave: bringBack,
  },
  {
    name: 'without a database, asked by somebody who was not read before',
    families: all,
    asker: 'tina',
    come: without('postgres', 'journal-unavailable', async station => {
      await site.untrained(station);
      await station.workshop.people.tina.logIn('tina', password);
    }),
    wishes: byRules,
    leave: async station => {
      await bringBack(station);
      await site.free(station);
    },
  },
  { name: 'without its node', families: all, come: without('node', 'not-owned'), leave: bringBack },
];
