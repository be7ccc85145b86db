import { ready } from './places.ts';
import type { Station } from './station.ts';

async function lock(station: Station, who: 'vic' | 'wim'): Promise<void> {
  const { id } = station.workshop.people[who].session.me;
  await station.must('LOCK_OUT', { reason: 'belt' }, station.workshop.people[who]);
  await station.until('it is locked', ({ locks }) => locks.some(({ by }) => by === id));
}

export async function lockedByTwo(station: Station): Promise<void> {
  await ready(station);
  await lock(station, 'vic');
  await lock(station, 'wim');
}

export async function lockedByVic(station: Station): Promise<void> {
  await ready(station);
  await lock(station, 'vic');
}

export async function outOfService(station: Station): Promise<void> {
  await ready(station);
  await station.must('TAKE_OUT_OF_SERVICE', { reason: 'worn' }, station.workshop.people.vic);
}

async function free(station: Station): Promise<void> {
  await ready(station);
  await station.must('CHECK_OUT');
}

export async function keptForBen(station: Station): Promise<void> {
  await free(station);
  await station.must('RESERVE', {}, station.workshop.people.ben);
}

export async function heldByBen(station: Station): Promise<void> {
  await free(station);
  await station.must('CHECK_IN', {}, station.workshop.people.ben);
}

export async function offeredToBen(station: Station): Promise<void> {
  await ready(station);
  await station.must('HAND_OVER', { to: 'ben' });
}

/** Whoever is in control asks for nothing any more, for as long as it takes. */
export async function abandoned(station: Station): Promise<void> {
  const gone = station.workshop.people[({ motion: 'ada', laser: 'otto', switch: 'uwe' } as const)[station.family]];
  await free(station);
  await station.must('CHECK_IN', {}, gone);
  await station.until('nobody is there any more', ({ value }) => value.occupancy === 'absent', 120_000);
}
