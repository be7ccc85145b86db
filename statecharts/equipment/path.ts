import type { ProfileName } from '../profiles/profile.ts';
import type { Reason } from '../refusal.ts';
import { type ChartTable, compile } from '../verify/compile.ts';
import { type Configuration, step } from '../verify/step.ts';
import { equipmentChart } from './chart.ts';
import type { EquipmentContext } from './context.ts';
import type { CommandRequest, DecidingCaller } from './decide.ts';
import { reasonsAgainst } from './decide.ts';
import { permits } from './guards.ts';
import type { CommandPath, PathStep } from './path-answer.ts';
import { factsOf } from './path-facts.ts';
import { belongsToRun, type Move, movesAt, type Situation } from './path-moves.ts';
import { notOffered } from './restrictions/registry.ts';
import type { EquipmentStatus } from './status.ts';

/** Configurations looked at before the search is given up: some tenths of a second. */
const limit = 6_000;
const tables = new Map<ProfileName, ChartTable>();

/** Compiled when first asked for. */
function tableOf(profile: ProfileName): ChartTable {
  const table = tables.get(profile) ?? compile(equipmentChart(profile).config);
  tables.set(profile, table);
  return table;
}

interface Node {
  readonly here: Situation;
  readonly parent: Node | null;
  readonly move: Move | null;
}

/**
 * The shortest sequence of permitted steps, also other people's and the world's, after which the caller may send the command: breadth
 * first on the tables of the chart, so that what the chart refuses is never proposed. Pure, bounded, never throws. `now` ms since 1970.
 */
export function pathTo(status: EquipmentStatus, caller: DecidingCaller, request: CommandRequest, now: number): CommandPath {
  const { facts, unexplained } = factsOf(status);
  const lasting = unexplained[request.command] ?? [notOffered(request.command)];
  if (lasting.length > 0) return noPath(lasting, true);
  const closed = new Set(Object.keys(unexplained).filter(name => unexplained[name as keyof typeof unexplained]?.length));
  const start: Node = { here: { at: configurationOf(facts), caller }, parent: null, move: null };
  const against = (node: Node) => reasonsAgainst(node.here.at.facts, node.here.caller, request, now);
  const queue = [start];
  const seen = new Set([keyOf(start.here)]);
  let nearest: readonly Reason[] | null = null;
  for (let i = 0; i < queue.length && i < limit; i++) {
    const node = queue[i];
    if (!node) break;
    const reasons = against(node);
    if (reasons.length === 0) return { outcome: 'path', steps: stepsTo(node) };
    if (nearest === null || reasons.length < nearest.length) nearest = reasons;
    const forGood = reasons.filter(isLasting);
    if (forGood.length > 0) return noPath(forGood, true);
    for (const move of movesAt(node.here, request, now)) {
      if (move.step.command && closed.has(move.step.command)) continue;
      const next = after(node.here, move);
      if (next === null) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      queue.push({ here: next, parent: node, move });
    }
  }
  const shut = Object.values(unexplained).flat();
  if (shut.length > 0) return noPath([...new Map(shut.map(reason => [reason.code, reason])).values()], true);
  const behind = belongsToRun(facts, request) ? againstStart(queue, now) : [];
  return noPath(behind.length > 0 ? behind : (nearest ?? []), queue.length < limit);
}

/** What keeps a program from being started, wherever it was tried: lasting facts, or the fewest reasons that were met. */
function againstStart(tried: readonly Node[], now: number): readonly Reason[] {
  const against = tried.map(({ here: { at, caller } }) => reasonsAgainst(at.facts, caller, { command: 'START' }, now));
  const lasting = against[0]?.filter(isLasting) ?? [];
  if (lasting.length > 0) return lasting;
  return against.reduce((fewest, reasons) => (reasons.length < fewest.length ? reasons : fewest), against[0] ?? []);
}

function isLasting(reason: Reason): boolean {
  return lastingCodes.has(reason.code);
}

function configurationOf(facts: EquipmentContext): Configuration {
  const said: Readonly<Record<string, string>> = { ...facts.regions };
  return { value: tableOf(facts.input.profile).regions.map(region => said[region.name] ?? region.initial), facts };
}

/** Null when the chart does not take the step. */
function after(here: Situation, { event, caller }: Move): Situation | null {
  if (event === null) return { at: here.at, caller };
  const next = step(tableOf(here.at.facts.input.profile), here.at, event, permits);
  return next === null ? null : { at: { value: next.value, facts: next.facts }, caller };
}

/** All that guards read; what is only told to people is left out. */
function keyOf({ at, caller }: Situation): string {
  const { since, input, device, alarms, detail, linkReason, ...read } = at.facts as EquipmentContext & { detail?: unknown };
  const codes = alarms.map(alarm => alarm.code);
  return JSON.stringify([read, codes, caller.presence?.until]);
}

function stepsTo(node: Node): PathStep[] {
  const steps: PathStep[] = [];
  for (let here: Node | null = node; here?.move; here = here.parent) steps.unshift(here.move.step);
  return steps;
}

function noPath(reasons: readonly Reason[], complete: boolean): CommandPath {
  return { outcome: 'no-path', missing: reasons.map(reason => ({ reason, who: whoCan(reason) })), complete };
}

/** What no step changes: without these the search would go through everything before it says so. */
const lastingCodes: ReadonlySet<string> = new Set([
  'role',
  'not-capable',
  'not-latched',
  'not-locked',
  'no-such-lock',
  'not-your-lock',
  'not-your-reservation',
  'no-direction',
  'job-not-ready',
  'no-alarm',
  'no-reset-required',
  'not-reserved',
  'in-service',
  'already-on',
  'already-off',
  'training-missing',
  'training-unknown',
  'fact-unknown',
  'maintenance-due',
  'already-yours',
  'person-unknown',
  'too-hot',
  'no-such-heater',
  'no-such-register',
  'out-of-range',
]);

/** Who changes what no step at the machine changes. */
const changers: Readonly<Record<string, string>> = {
  role: 'An administrator can give another role.',
  'not-capable': 'Nobody: this is how the machine is made.',
  'not-latched': 'Anybody, with the stop key: there is nothing to release until then.',
  'not-locked': 'Nobody has to: there is no lock to remove.',
  'no-such-lock': 'Nobody has to: there is no such lock.',
  'no-alarm': 'Nobody has to: no alarm waits.',
  'no-reset-required': 'Nobody has to: no reset is waited for.',
  'not-reserved': 'Nobody has to: the machine is not reserved.',
  'in-service': 'Nobody has to: it is in service.',
  'already-on': 'Nobody has to: it is so already.',
  'already-off': 'Nobody has to: it is so already.',
  'training-missing': 'A maintainer notes the training once it was taken.',
  'fact-unknown': 'Whoever looks after what the rule asks for; it counts as soon as it is known.',
  'already-yours': 'Nobody has to: control can be offered to somebody else.',
  'no-direction': 'You: the command itself must say more.',
  'maintenance-due': 'A maintainer does the maintenance and notes it as done.',
  'mode-unchanged': 'Nobody has to: it is so already.',
  'outside-envelope': 'Whoever made the program.',
};

function whoCan(reason: Reason): string {
  if (reason.until !== undefined) return 'Nobody has to: it ends by itself.';
  return changers[reason.code] ?? reason.remedy?.text ?? 'Somebody who sets this equipment up.';
}
