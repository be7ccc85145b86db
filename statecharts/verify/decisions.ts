import type { EquipmentContext } from '../equipment/context.ts';
import { decideFor } from '../equipment/decide.ts';
import type { CommandEvent } from '../equipment/events.ts';
import { isCommand, permits } from '../equipment/guards.ts';
import { toStatus } from '../equipment/project.ts';
import type { RestrictionId } from '../equipment/restrictions/restriction.ts';
import type { EquipmentStatus } from '../equipment/status.ts';
import { ruleOf } from '../profiles/rules.ts';
import type { ChartTable } from './compile.ts';
import { judgeWith, type Trial } from './explore.ts';
import { type Configuration, type Judge, type Step, step } from './step.ts';

const failing = new Map<RestrictionId, Judge>();
const documents = new WeakMap<EquipmentContext, { readonly facts: EquipmentContext; readonly status: EquipmentStatus }>();

/**
 * I9: what `decideFor` says of a status document is what the chart does with the command, here and where every fact that is no state
 * speaks for the caller; and each restriction of the rule refuses alone. Words say what differs.
 */
export function checkDecision({ before, event, after }: Trial, table: ChartTable): string | null {
  if (!isCommand(event)) return null;
  return differs(before, event, table) ?? (acts(before, after) ? unguarded(before, event, table) : null);
}

function differs(before: Configuration, event: CommandEvent, table: ChartTable): string | null {
  const { facts, status } = documentOf(before, table);
  const request = { command: event.type, args: event.args, ...(event.facts ? { facts: event.facts } : {}) };
  const { allowed, reasons } = decideFor(status, event.caller, request, event.at);
  const here = { value: before.value, facts };
  const does = acts(here, step(table, here, event, permits));
  // A region that is not in this part of the chart cannot act: what it owns is decided where it is explored.
  if (allowed === does || (allowed && !concerns(table, event.type))) return null;
  return allowed ? `${event.type} is allowed and does nothing` : `${event.type} acts although ${reasons[0]?.code ?? 'something'} refuses`;
}

const concerned = new WeakMap<ChartTable, Map<string, boolean>>();

/** Every region that takes the command is in this part. */
function concerns(table: ChartTable, command: string): boolean {
  const known = concerned.get(table) ?? new Map<string, boolean>();
  concerned.set(table, known);
  const found = known.get(command) ?? everyRegionOf(table, command);
  known.set(command, found);
  return found;
}

function everyRegionOf(table: ChartTable, command: string): boolean {
  const inside = new Set(table.regions.map(region => region.name));
  const places = table.edges.map(edge => edge.id.split(' ')).filter(([, event]) => event === command);
  return places.every(([place = '']) => inside.has(place.split('.')[0] ?? ''));
}

function documentOf({ facts }: Configuration, table: ChartTable) {
  const known = documents.get(facts);
  if (known) return known;
  const { regions, input } = facts;
  const control = table.regions.some(region => region.name === 'occupancy');
  const favourable: EquipmentContext = {
    ...facts,
    regions: { ...regions, authority: 'owned', occupancy: control ? regions.occupancy : 'occupied' },
    holder: control ? facts.holder : { id: 'somebody', name: 'Somebody', since: 0 },
    homed: true,
    modesChanged: [],
    capabilities: input.capabilities,
    run: facts.run && { ...facts.run, job: 'before' },
  };
  const made = { facts: favourable, status: toStatus({ context: favourable }, { seq: 1, decisionSeq: 1, at: 1 }) };
  documents.set(facts, made);
  return made;
}

/** The command changes a state, asks something of the world, or changes who locks the machine. */
function acts(before: Configuration, after: Step | null): boolean {
  if (after === null) return false;
  if (after.facts.locks !== before.facts.locks) return true;
  return after.effects.length > 0 || after.value.some((state, i) => state !== before.value[i]);
}

function unguarded(before: Configuration, event: CommandEvent, table: ChartTable): string | null {
  const passed = ruleOf(before.facts.input.profile, event.type)?.restrictions.find(id => {
    const judge = failing.get(id) ?? judgeWith(one => one === id);
    failing.set(id, judge);
    return acts(before, step(table, before, event, judge));
  });
  return passed ? `${event.type} acts although ${passed} refuses` : null;
}
