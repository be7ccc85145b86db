import { expect } from 'vitest';
import type { Caller } from '../../statecharts/caller.ts';
import { equipmentChart } from '../../statecharts/equipment/chart.ts';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { decideFor } from '../../statecharts/equipment/decide.ts';
import type { CommandEvent } from '../../statecharts/equipment/events.ts';
import { permits } from '../../statecharts/equipment/guards.ts';
import { pathTo } from '../../statecharts/equipment/path.ts';
import { factsOf } from '../../statecharts/equipment/path-facts.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import { commandsOf, ruleOf } from '../../statecharts/profiles/rules.ts';
import { commandAlphabet } from '../../statecharts/verify/alphabet.ts';
import { type ChartTable, compile } from '../../statecharts/verify/compile.ts';
import { step } from '../../statecharts/verify/step.ts';
import { anna } from './test-gateway.ts';
import { TestMill } from './test-mill.ts';
import { until } from './until.ts';
import type { Workshop } from './workshop.ts';

/** A command on the way through the states of a machine, and what the machine comes to by itself afterwards. */
export interface Leg {
  readonly command: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  /** The regions that are awaited before the next leg. */
  readonly leadsTo: Readonly<Record<string, string>>;
}

export interface TourOptions {
  readonly shop: Workshop;
  readonly id: string;
  readonly profile: ProfileName;
  /** What LOAD_JOB loads: a job of this program, made anew each time. */
  readonly program?: string;
}

/** The states of execution in which a machine stands, and the commands that lead there from where it may be started. */
const ways: Readonly<Record<string, readonly CommandName[]>> = {
  Aborted: ['ABORT'],
  Stopped: ['STOP'],
  Idle: [],
  Execute: ['START'],
  Held: ['START', 'HOLD'],
  Suspended: ['START', 'SUSPEND'],
  Complete: ['START', 'COMPLETE'],
};
/** One without programs has no STOP either: it is Stopped before its RESET. */
const plainWays: typeof ways = { Aborted: ['ABORT'], Stopped: ['ABORT', 'CLEAR'], Idle: [] };
/** What leads a machine without programs to Idle, in order, as far as it is needed. */
const upwards: readonly CommandName[] = ['REMOVE_LOCK', 'RETURN_TO_SERVICE', 'CHECK_IN', 'CONNECT', 'CLEAR', 'RESET'];
/** Arguments that mean something to a machine of a workshop. */
const usual: Partial<Readonly<Record<CommandName, Readonly<Record<string, unknown>>>>> = { HAND_OVER: { to: 'ben' } };

const codes = (reasons: readonly { readonly code: string }[]) => reasons.map(reason => reason.code);
const seenIn = ({ epoch, decisionSeq }: EquipmentStatus) => ({ seen: { epoch, decisionSeq, at: Date.now() } });
/** These are refused also for what the owner looks up, which a page cannot know. */
const lookedUp: readonly CommandName[] = ['LOAD_JOB', 'HAND_OVER'];

/**
 * Leads a real machine, with its driver and its simulator, through the states of its chart. At each stop every command that the model forbids
 * there is asked of the owner and must be refused for the same reasons; each leg must lead where the tables of the chart say.
 */
export class Tour {
  readonly #o: TourOptions;
  readonly #table: ChartTable;
  readonly #me: Caller;
  readonly #machine: TestMill;
  /** `Idle START` */
  readonly #refused = new Set<string>();
  readonly #taken = new Set<string>();
  /** Where everything was asked for already. */
  readonly #askedIn = new Set<string>();

  constructor(options: TourOptions) {
    this.#o = options;
    this.#table = compile(equipmentChart(options.profile).config);
    this.#me = { ...anna(options.id), qualifications: [] };
    this.#machine = new TestMill(options.shop, options.id);
  }

  async go(legs: readonly Leg[]): Promise<void> {
    for (const leg of legs) {
      await this.#tryForbidden();
      await this.#take(leg);
    }
  }

  /** Stands in each of the states again and again until every command was refused or taken there. */
  async goOpenPairs(): Promise<void> {
    for (const state of Object.keys(this.#ways)) {
      await this.#standIn(state);
      await this.#tryForbidden();
      for (const command of this.#openIn(state)) {
        await this.#standIn(state);
        await this.#takeUsual(command);
      }
      expect(this.#openIn(state), state).toEqual([]);
    }
  }

  /** How many pairs of a standing state and a command were met. */
  get pairs(): number {
    return new Set([...this.#refused, ...this.#taken]).size;
  }

  get #ways(): typeof ways {
    return ruleOf(this.#o.profile, 'START') ? ways : plainWays;
  }

  #openIn(state: string): CommandName[] {
    const isMet = (command: CommandName) => [this.#refused, this.#taken].some(met => met.has(`${state} ${command}`));
    return commandsOf(this.#o.profile).filter(command => !isMet(command));
  }

  async #standIn(state: string): Promise<void> {
    await this.#comesToRest();
    const { execution, occupancy, maintenance, connection } = this.#status?.value ?? {};
    if (
      execution === state &&
      connection === 'online' &&
      maintenance === 'inService' &&
      (occupancy === 'occupied' || occupancy === 'offered')
    )
      return;
    const way = this.#ways[state] ?? [];
    if (['Execute', 'Held', 'Suspended'].includes(execution ?? '')) await this.#takeUsual('STOP');
    if (ruleOf(this.#o.profile, 'START')) await this.#becomesPossible('START');
    else for (const command of upwards) if (this.#allowedNow(command, this.#usualArgs(command))) await this.#takeUsual(command);
    for (const command of way) await this.#takeUsual(command);
    expect(this.#status?.value.execution).toBe(state);
  }

  async #takeUsual(command: CommandName, args = this.#usualArgs(command)): Promise<void> {
    await this.#take({ command, args, leadsTo: {} });
    await this.#comesToRest();
  }

  /** By the way out that the product itself proposes; what the world does on it is waited for where it is needed. */
  async #becomesPossible(command: CommandName): Promise<void> {
    for (let status = await this.#settled(); !this.#allowedNow(command, {}); status = await this.#settled()) {
      const path = pathTo(status, this.#me, { command, args: {} }, Date.now());
      if (path.outcome === 'no-path') throw new Error(`No way to ${command}: ${JSON.stringify([path, status.value])}`);
      for (const step of path.steps) if (step.command) await this.#takeUsual(step.command, step.args ?? {});
      await this.#sees(`${command} is allowed`, () => this.#allowedNow(command, {}));
    }
  }

  /** No state is left that ends by a report. */
  #comesToRest(): Promise<void> {
    return this.#sees('it stands in a state', () => {
      const { execution = '', mode = '', connection } = this.#status?.value ?? {};
      const stands = connection === 'online' || connection === 'disconnected';
      return stands && execution in ways && (!mode.startsWith('setup.') || mode === 'setup.ready');
    });
  }

  /** Waits for it; a wait in vain tells what the machine showed. */
  #sees(what: string, condition: () => boolean): Promise<void> {
    return until(what, condition).catch(cause => {
      const { value, detail, reasons } = this.#status ?? {};
      throw new Error(`${this.#o.id}: ${JSON.stringify({ value, detail, reasons: codes(reasons ?? []) })}`, { cause });
    });
  }

  #usualArgs(command: CommandName): Readonly<Record<string, unknown>> {
    const lock = command === 'REMOVE_LOCK' && this.#status?.locks[0] ? { lock: this.#status.locks[0].id } : {};
    return { ...commandAlphabet(this.#o.profile).find(event => event.type === command)?.args, ...usual[command], ...lock };
  }

  /** What is published once nothing is on its way: of a state that moves the owner would only say that it has moved. */
  async #settled(): Promise<EquipmentStatus> {
    const looks: number[] = [];
    await until('the machine rests or works steadily', () => {
      looks.push(this.#status?.seq ?? -1);
      return looks.length > 4 && new Set(looks.slice(-4)).size === 1;
    });
    const status = this.#status;
    if (!status) throw new Error(`${this.#o.id} has no status.`);
    return status;
  }

  get #status(): EquipmentStatus | undefined {
    return this.#o.shop.status(this.#o.id);
  }

  async #tryForbidden(): Promise<void> {
    const place = JSON.stringify((await this.#settled()).value);
    if (this.#askedIn.has(place)) return;
    this.#askedIn.add(place);
    for (const name of commandsOf(this.#o.profile)) {
      const args = this.#usualArgs(name);
      const { status, outcome, forbidden } = await this.#askIf('forbidden', name, args);
      if (!outcome) continue;
      const where = `${name} in ${JSON.stringify(status.value)}`;
      expect(outcome.outcome, where).toBe('refused');
      if (lookedUp.includes(name)) expect(codes(outcome.reasons), where).toEqual(expect.arrayContaining(forbidden));
      else expect(codes(outcome.reasons), where).toEqual(forbidden);
      this.#refused.add(`${status.value.execution} ${name}`);
    }
  }

  async #take(leg: Leg): Promise<void> {
    const args = await this.#argsOf(leg);
    await this.#sees(`${leg.command} is allowed`, () => this.#allowedNow(leg.command, args));
    const { status, outcome } = await this.#askIf('allowed', leg.command, args);
    if (!outcome) throw new Error(`${leg.command} is not allowed in ${JSON.stringify(status.value)} any more`);
    const job = { id: String(args.job), name: '', hash: '', lines: 1, bounds: null, offsets: status.offsets };
    const facts = { job, person: { id: String(args.to), name: '' } };
    const event = { type: leg.command, args, caller: this.#me, at: Date.now(), commandId: 'c', facts } as unknown as CommandEvent;
    expect(outcome, `${leg.command} in ${JSON.stringify(status.value)}`).toMatchObject({ outcome: 'accepted', reasons: [] });
    await until(`${leg.command} is published`, () => this.#stateAt(outcome.seq) !== undefined);
    expect(this.#stateAt(outcome.seq), leg.command).toEqual(this.#predicted(status, event));
    this.#taken.add(`${status.value.execution} ${leg.command}`);
    for (const [region, state] of Object.entries(leg.leadsTo)) await this.#machine.becomes(region, state);
  }

  /** Asks the owner, bound to the state that the model judged; whoever hears that it has moved meanwhile looks at it again, as a page does. */
  async #askIf(wanted: 'allowed' | 'forbidden', name: CommandName, args: Readonly<Record<string, unknown>>) {
    for (let status = this.#status ?? (await this.#settled()); ; status = await this.#settled()) {
      const { allowed, reasons } = decideFor(status, this.#me, { command: name, args }, Date.now());
      const asks = allowed === (wanted === 'allowed');
      const outcome = asks ? await this.#machine.ask(name, args, seenIn(status)) : null;
      if (outcome?.outcome !== 'stale-view') return { status, outcome, forbidden: codes(reasons) };
    }
  }

  /** The states that the tables of the chart predict for a command in what is published; null when they say that nothing takes it. */
  #predicted(status: EquipmentStatus, event: CommandEvent): Readonly<Record<string, string>> | null {
    const { regions } = this.#table;
    const { facts } = factsOf(status);
    const here = { value: regions.map(region => status.value[region.name] ?? region.initial), facts };
    const after = step(this.#table, here, event, permits);
    return after && Object.fromEntries(regions.map((region, i) => [region.name, after.value[i] ?? '']));
  }

  async #argsOf({ command, args = {} }: Leg): Promise<Readonly<Record<string, unknown>>> {
    if (command === 'REMOVE_LOCK') return { lock: this.#status?.locks[0]?.id ?? '' };
    if (command !== 'LOAD_JOB') return args;
    const { shop, id, program = '' } = this.#o;
    const { job } = await shop.createJob(id, program);
    await until('the job is checked', () => shop.jobStatus(job)?.state === 'ready');
    return { job };
  }

  #allowedNow(command: CommandName, args: Readonly<Record<string, unknown>>): boolean {
    const status = this.#status;
    return status !== undefined && decideFor(status, this.#me, { command, args }, Date.now()).allowed;
  }

  /** What was published with this place in the journal. */
  #stateAt(seq: number): Readonly<Record<string, string>> | undefined {
    const { shop, id } = this.#o;
    const found = shop.heard.findLast(one => one.subject.endsWith(`${id}.status`) && (one.body as EquipmentStatus).seq === seq);
    return (found?.body as EquipmentStatus | undefined)?.value;
  }
}
