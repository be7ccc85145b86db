import { equipmentChart } from '../../statecharts/equipment/chart.ts';
import type { CommandRule, Hazard } from '../../statecharts/equipment/command-rule.ts';
import { executionStates } from '../../statecharts/equipment/packml.ts';
import { type ProfileName, profiles } from '../../statecharts/profiles/profile.ts';
import { commandsOf, ruleOf } from '../../statecharts/profiles/rules.ts';
import { type ChartTable, compile, type Edge, type RegionTable } from '../../statecharts/verify/compile.ts';

/** The chart of a family as a page that a shop manager can read: what leads where, what each command asks for, and a drawing per region. */
export function chartPage(name: ProfileName): string {
  const table = compile(equipmentChart(name).config);
  const { title } = profiles[name];
  return [
    `# ${title}: the chart`,
    `Made by \`npm run charts\` from the chart that the product runs (version ${equipmentChart(name).version}); do not edit. The same chart as JSON, for tools that read XState charts: [${name}.json](${name}.json).`,
    '## What leads where',
    'Rows are the states of [PackML](https://www.omac.org/packml); a cell names the state that the command leads to.',
    leadsWhere(name, table),
    '## What each command asks for',
    'Stop-like commands are never refused for who or when. The way out of a refusal is told by the product itself.',
    needs(name),
    '## The regions',
    ...table.regions.map(drawing),
    '',
  ].join('\n\n');
}

function leadsWhere(name: ProfileName, table: ChartTable): string {
  const execution = table.regions.find(region => region.name === 'execution');
  const states = executionStates.filter(state => execution?.leaves.has(state));
  const target = (state: string, command: string) =>
    execution?.leaves
      .get(state)
      ?.edges.get(command)
      ?.flatMap(edge => edge.target ?? [])[0] ?? '';
  const commands = commandsOf(name).filter(command => states.some(state => target(state, command) !== ''));
  const rows = states.map(state => [`**${state}**`, ...commands.map(command => target(state, command))]);
  return markdownTable(['', ...commands], rows);
}

const hazardWords: Readonly<Record<Hazard, string>> = {
  none: '',
  motion: 'moves the machine',
  heat: 'heats',
  beam: 'lets a program switch the beam on',
  energises: 'switches on',
  'stops-motion': 'stops motion',
  unlatches: 'takes a protection away',
};

function needs(name: ProfileName): string {
  const rows = commandsOf(name).flatMap(command => {
    const rule = ruleOf(name, command);
    return rule ? [[`**${command}**`, effectOf(rule), rule.role ?? 'anybody logged in', rule.restrictions.map(inWords).join(', ')]] : [];
  });
  return markdownTable(['command', 'what it does to people', 'role', 'refused by'], rows);
}

function effectOf({ hazard, stopCategory }: CommandRule): string {
  const category = stopCategory === undefined ? '' : ` (stop category ${stopCategory} of IEC 60204-1)`;
  return `${hazardWords[hazard]}${category}`;
}

function inWords(restriction: string): string {
  return restriction.replaceAll('-', ' ');
}

/** A Mermaid state diagram: each pair of states once, with everything that leads from one to the other. */
function drawing(region: RegionTable): string {
  const states = [...region.leaves.keys()];
  const arrows = states.flatMap(from => arrowsFrom(region, from).map(([to, words]) => `  ${idOf(from)} --> ${idOf(to)}: ${words}`));
  const names = states.map(state => `  ${idOf(state)}: ${state}`);
  const drawn = ['```mermaid', 'stateDiagram-v2', ...names, `  [*] --> ${idOf(region.initial)}`, ...arrows, '```'];
  return `### ${region.name}\n\n${drawn.join('\n')}`;
}

function arrowsFrom(region: RegionTable, from: string): [string, string][] {
  const causes = new Map<string, Set<string>>();
  for (const [event, edges] of region.leaves.get(from)?.edges ?? []) {
    for (const { target } of reachable(edges).filter(leaves(from)))
      causes.set(target ?? '', (causes.get(target ?? '') ?? new Set()).add(event));
  }
  return [...causes].map(([to, events]) => [to, [...events].sort().join(', ')]);
}

/** What stands behind one that asks for nothing is never taken: a state answers before what is around it. */
function reachable(edges: readonly Edge[]): readonly Edge[] {
  const last = edges.findIndex(({ guard }) => guard === null);
  return last < 0 ? edges : edges.slice(0, last + 1);
}

const leaves = (from: string) => (edge: Edge) => edge.target !== null && edge.target !== from;

function idOf(state: string): string {
  return state.replaceAll('.', '_');
}

function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The chart as plain JSON, as Stately's tools and XState's `createMachine` read it. */
export function chartJson(name: ProfileName): string {
  const { id, version, type, states } = equipmentChart(name).config;
  return `${JSON.stringify({ id: `${id}-${name}`, version, type, states })}\n`;
}
