import { expect } from 'vitest';
import { type CommandName, commandNames } from '../../statecharts/equipment/commands.ts';
import type { PathStep } from '../../statecharts/equipment/path-answer.ts';
import { commandsOf } from '../../statecharts/profiles/rules.ts';
import type { Person } from '../product/api.ts';
import { changes } from './changes.ts';
import type { Coverage } from './coverage.ts';
import type { Situation } from './situation.ts';
import type { Station, Way, Wish } from './station.ts';

interface Refused {
  readonly wish: Wish;
  readonly way: Way;
}
interface Going {
  readonly wish: Wish;
  readonly steps: readonly PathStep[];
}
const textOf = (steps: readonly PathStep[]) => steps.map(({ text }) => text).join(' ');
const keyOf = (steps: readonly PathStep[]) => JSON.stringify(steps.map(({ who, text }) => [who, text]));

/**
 * In this situation asks for the way out of every refusal and goes each that was not gone yet from the same reasons by the same steps.
 * Ways with the same beginning are gone together as far as they are the same. What has no way names facts, and who changes them: this
 * is done, once for each command and fact, and the command becomes legal.
 */
export async function everyWay(station: Station, situation: Situation, coverage: Coverage): Promise<void> {
  const { shares } = situation;
  return shares ? station.workshop.alone(shares, () => goThrough(station, situation, coverage)) : goThrough(station, situation, coverage);
}

async function goThrough(station: Station, situation: Situation, coverage: Coverage): Promise<void> {
  const asker = situation.asker ? station.workshop.people[situation.asker] : station.me;
  try {
    await situation.come(station);
    const refused = (await asked(station, await wishes(station, situation), asker)).filter(({ way }) => !way.allowed);
    expect(refused.length, `${situation.name}: what is refused`).toBeGreaterThan(0);
    const fresh = refused.filter(one => isNew(station, one, coverage));
    const ways = fresh.flatMap(({ wish, way }) => (way.outcome === 'path' ? [{ wish, steps: way.steps }] : []));
    const waiting = ways.filter(({ steps: [first] }) => situation.afterFirst && first?.kind === 'happening');
    await goAll(station, { situation, asker, ways: waiting, here: true });
    await goAll(station, { situation, asker, ways: ways.filter(way => !waiting.includes(way)), here: waiting.length === 0 });
    for (const { wish, way } of fresh) if (way.outcome === 'no-path') await change(station, { situation, asker, wish, way, coverage });
    for (const { wish, way } of refused) coverage.follow(station.family, wish.command, way.reasons);
  } catch (cause) {
    throw new Error(`${station.id} ${situation.name}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  } finally {
    await situation.leave?.(station);
  }
}

async function wishes(station: Station, situation: Situation): Promise<readonly Wish[]> {
  if (situation.wishes) return situation.wishes(station);
  const plain = commandsOf(station.family).map(command => ({ command }));
  const modes = ['processing', 'setup', 'maintenance'].map(mode => ({ command: 'SET_MODE' as const, args: { mode } }));
  return [...plain.filter(({ command }) => command !== 'SET_MODE'), ...modes];
}

/** Commands that no machine of this family has. */
export function foreignTo(station: Station): CommandName[] {
  return commandNames.filter(name => !commandsOf(station.family).includes(name));
}

async function asked(station: Station, all: readonly Wish[], asker: Person): Promise<Refused[]> {
  return Promise.all(all.map(async wish => ({ wish, way: await station.ask(wish, asker) })));
}

/** Not yet gone for the same reasons, by the same steps. */
function isNew(station: Station, { wish, way }: Refused, coverage: Coverage): boolean {
  const reasons = way.reasons.map(({ code }) => code);
  const to = way.outcome === 'path' ? keyOf(way.steps) : way.missing.map(({ reason }) => reason.code);
  return coverage.isNew([station.family, wish.command, Object.values(wish.args ?? {}).length, reasons, to]);
}

interface Party {
  readonly situation: Situation;
  readonly asker: Person;
  readonly ways: readonly Going[];
  /** The machine is in the situation now. */
  readonly here: boolean;
}

async function goAll(station: Station, { situation, asker, ...party }: Party): Promise<void> {
  let left = party.ways;
  let here = party.here;
  while (left.length > 0) {
    if (!here) left = await againThere(station, { situation, asker, ways: left, here });
    const [longest] = [...left].sort((a, b) => b.steps.length - a.steps.length);
    if (!longest) return;
    left = await goOne(station, longest.steps, asker, left);
    here = false;
  }
}

/** The machine is brought there anew; job and lock are others now, so the ways are asked for again. */
async function againThere(station: Station, { situation, asker, ways }: Party): Promise<readonly Going[]> {
  if (situation.afterFirst && ways.every(({ steps: [first] }) => first?.kind === 'happening')) {
    await situation.afterFirst(station);
    return ways.map(({ wish, steps }) => ({ wish, steps: steps.slice(1) }));
  }
  await situation.come(station);
  const again = await asked(
    station,
    ways.map(({ wish }) => wish),
    asker,
  );
  return again.map(({ wish, way }) => {
    if (way.outcome === 'path') return { wish, steps: way.steps };
    throw new Error(`${wish.command} has no way the second time: ${JSON.stringify(way.missing)}`);
  });
}

/** Goes these steps; what is to be legal on the way is asked for where it is. Answers which ways are left. */
async function goOne(station: Station, steps: readonly PathStep[], asker: Person, ways: readonly Going[]): Promise<readonly Going[]> {
  const gone = new Set<Going>();
  for (let taken = 0; taken <= steps.length; taken += 1) {
    const until = keyOf(steps.slice(0, taken));
    for (const way of ways) {
      if (way.steps.length !== taken || keyOf(way.steps) !== until) continue;
      await station.isLegal(way.wish, asker, `"${textOf(way.steps)}"`);
      gone.add(way);
    }
    const step = steps[taken];
    if (step) await station.take(step, asker);
  }
  return ways.filter(way => !gone.has(way));
}

interface Missing {
  readonly situation: Situation;
  readonly asker: Person;
  readonly wish: Wish;
  readonly way: Extract<Way, { outcome: 'no-path' }>;
  readonly coverage: Coverage;
}

/** What is missing is a fact of the refusal, and somebody changes it. */
async function change(station: Station, { situation, asker, wish, way, coverage }: Missing): Promise<void> {
  const codes = way.missing.map(({ reason }) => reason.code);
  expect(codes.length, wish.command).toBeGreaterThan(0);
  expect(way.complete, `${wish.command}: searched to the end`).toBe(true);
  for (const { reason, who } of way.missing) {
    expect(`${reason.message} ${who}`, `${wish.command}: ${reason.code}`).toMatch(/^.{10,} .{6,}$/);
    const how = changes[reason.code];
    if (!how) throw new Error(`${wish.command} has no way, and nobody here knows how to change ${reason.code}`);
    if (!coverage.isNew([station.family, wish.command, reason.code])) continue;
    await how(station, { wish, asker, situation });
  }
}
