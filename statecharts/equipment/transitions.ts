import { commandRules, type Hazard, type Permit } from './command-rules.ts';
import type { CommandName } from './commands.ts';
import type { RegionName, Regions } from './context.ts';
import type { PermitsParams, WhenParams } from './guards.ts';

/** What every command transition carries for people and for the lint. */
export interface CommandMeta {
  readonly command: CommandName;
  readonly hazard: Hazard;
  readonly permit: Permit;
  readonly stopCategory?: string;
}

/** The guard and meta of a command, from its one rule; spread into the transition. `args` picks one of several targets. */
export function permitted(command: CommandName, args?: PermitsParams['args']) {
  const { restrictions, hazard, permit, stopCategory } = commandRules[command];
  const params: PermitsParams = args === undefined ? { restrictions } : { restrictions, args };
  const meta: CommandMeta = stopCategory === undefined ? { command, hazard, permit } : { command, hazard, permit, stopCategory };
  return { guard: { type: 'permits', params }, meta } as const;
}

/** Guard on facts and reports, as data. */
export function when(params: WhenParams) {
  return { type: 'when', params } as const;
}

/** Entry action of every leaf state: the facts follow the state value. */
export function enter<R extends RegionName>(region: R, state: Regions[R]) {
  return { type: 'enter', params: { region, state } } as const;
}
