import { type CommandName, commandNames } from '../../statecharts/equipment/commands.ts';
import { codesAgainst } from '../../statecharts/equipment/restrictions/registry.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import { type Family, families } from './workshop.ts';

/** Which refusals were met, and their way out gone. */
export class Coverage {
  readonly #followed = new Set<string>();
  readonly #gone = new Set<string>();

  /** Every reason of a refusal whose way out was gone, or whose lasting fact was changed. */
  follow(family: Family, command: CommandName, reasons: readonly Reason[]): void {
    for (const { code } of reasons) this.#followed.add(`${family} ${command} ${code}`);
  }

  /** True the first time. */
  isNew(what: unknown): boolean {
    const key = JSON.stringify(what);
    if (this.#gone.has(key)) return false;
    this.#gone.add(key);
    return true;
  }

  /** What the tables can give, and no situation has. */
  get missing(): string[] {
    return everyRefusal().filter(one => !this.#followed.has(one) && !isExcepted(one));
  }

  /** What was met although the tables do not have it, or an exception says that it cannot be. */
  get unknown(): string[] {
    const known = new Set(everyRefusal());
    return [...this.#followed].filter(one => !known.has(one) || isExcepted(one));
  }

  get size(): number {
    return this.#followed.size;
  }
}

/** What no machine of the demo can be refused for, and why. */
const exceptions: readonly { readonly refusals: RegExp; readonly because: string }[] = [
  {
    refusals: / (emergency-stop|protective-stop|reset-required|(extraction|air|coolant)-missing)$/,
    because: 'neither GRBL nor a relay reports a chain: statecharts/equipment/path.test.ts goes these on the chart',
  },
  { refusals: /^switch .* guard-open$/, because: 'a relay has no guard' },
  { refusals: /^switch DISCONNECT heated$/, because: 'a relay has no heater' },
  { refusals: /^switch DISCONNECT not-at-rest$/, because: 'a relay does not move' },
  { refusals: /^switch .* activity$/, because: 'a relay is not moved by hand' },
  { refusals: /^switch SWITCH_O(N|FF) not-capable$/, because: 'a relay can be switched' },
  { refusals: /^(motion|laser) (HOLD|SUSPEND) not-capable$/, because: 'each GRBL has a feed hold' },
  { refusals: /^motion (START|JOG|MDI|LOAD_JOB|OVERRIDE) not-capable$/, because: 'each GRBL does this; only homing can be switched off' },
];

function isExcepted(refusal: string): boolean {
  return exceptions.some(({ refusals }) => refusals.test(refusal));
}

/** `family COMMAND code` of every refusal that the charts of these families can give, by the tables of rules and restrictions. */
function everyRefusal(): string[] {
  return families.flatMap(family =>
    commandNames.flatMap(command => [...codesAgainst(family, command)].map(code => `${family} ${command} ${code}`)),
  );
}
