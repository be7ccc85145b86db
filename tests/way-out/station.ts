import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { commandPath } from '../../gateway/contract/resources.ts';
import type { CommandName } from '../../statecharts/equipment/commands.ts';
import { standingIn } from '../../statecharts/equipment/decide.ts';
import type { PathStep } from '../../statecharts/equipment/path-answer.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Answer, Person } from '../product/api.ts';
import { until } from '../product/wait.ts';
import { patience, type Watch } from '../product/watch.ts';
import type { Hands } from './hands.ts';
import { happens } from './happens.ts';
import type { Family, Workshop } from './workshop.ts';

export type Way = z.infer<typeof commandPath>;

/** A command that somebody would like to send. */
export interface Wish {
  readonly command: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
}

/** Long enough to be held in the middle of it, short enough to wait for its end. */
const toAndFro = (wide: number, times: number) =>
  ['G21 G90 G54', ...Array.from({ length: times }, (_, i) => `G1 X${i % 2 === 0 ? -wide : -1} Y-1 F300`), 'M30'].join('\n');
const programs = { wide: toAndFro(60, 10), narrow: toAndFro(20, 28) } as const;
const own: Partial<Record<CommandName, Readonly<Record<string, unknown>>>> = {
  RELEASE_STOP: { statement: 'I am at the machine' },
  SAFETY_RESET_OBSERVED: { statement: 'I have seen the reset' },
};
/** What was not known turned out to be as it was wished. */
const isSo: Partial<Record<CommandName, string>> = { SWITCH_ON: 'already-on', SWITCH_OFF: 'already-off' };
/** Between asking and being asked again something may have moved so often. */
const looks = 8;

const isSilent = ({ reasons }: Way) => reasons.some(({ code }) => code === 'not-owned');

interface StationOptions {
  readonly id: string;
  readonly family: Family;
  readonly hands: Hands;
  readonly watch: Watch;
  readonly workshop: Workshop;
}

/** One machine, and everybody who goes a way out at it: step by step, each step by whoever it names. */
export class Station {
  readonly id: string;
  readonly family: Family;
  readonly hands: Hands;
  readonly workshop: Workshop;
  readonly #watch: Watch;
  #me: Person | null = null;
  readonly #files = { wide: '', narrow: '' };
  #size: keyof typeof programs = 'wide';

  constructor({ id, family, hands, watch, workshop }: StationOptions) {
    this.id = id;
    this.family = family;
    this.hands = hands;
    this.workshop = workshop;
    this.#watch = watch;
  }

  /** Mara takes her place here. */
  async open(me: Person): Promise<void> {
    this.#me = me;
    if (this.family === 'switch') return;
    for (const size of ['wide', 'narrow'] as const) this.#files[size] = String((await me.upload(`${size}.nc`, programs[size])).body.id);
  }

  get me(): Person {
    if (!this.#me) throw new Error(`nobody is at ${this.id} yet`);
    return this.#me;
  }

  get status(): EquipmentStatus {
    const status = this.#watch.status(this.id);
    if (!status) throw new Error(`${this.id} has not been heard of`);
    return status;
  }

  until(what: string, wanted: (status: EquipmentStatus) => boolean, ms?: number): Promise<EquipmentStatus> {
    return this.#watch.until(this.id, what, wanted, ms);
  }

  reaches(region: string, ...states: readonly string[]): Promise<EquipmentStatus> {
    const fits = (state = '') => states.some(one => state === one || state.startsWith(`${one}.`));
    return this.until(`${region} ${states.join(' or ')}`, ({ value }) => fits(value[region]));
  }

  /** The decision and the way to it, as the API answers. */
  async ask(wish: Wish, person = this.me): Promise<Way> {
    const way = await this.#ask(wish, person);
    if (this.workshop.product.isWithout || !isSilent(way)) return way;
    // A busy computer: the node was not heard for two seconds, and nobody has killed it.
    return until(`${this.id}: the node is heard`, async () => {
      const again = await this.#ask(wish, person);
      return !isSilent(again) && again;
    });
  }

  async #ask({ command, args }: Wish, person: Person): Promise<Way> {
    const query = args ? `?args=${encodeURIComponent(JSON.stringify(args))}` : '';
    const { status, body } = await person.call('GET', `/equipment/${this.id}/commands/${command}/path${query}`);
    if (status !== 200) throw new Error(`no answer about ${command}: ${status} ${JSON.stringify(body)}`);
    return commandPath.parse(body);
  }

  /** The command must be accepted; what only holds it up (the view is old, a report is on its way) is waited for. */
  async must(command: CommandName, args = own[command] ?? {}, person = this.me): Promise<void> {
    let refusals = 0;
    let id: string = randomUUID();
    await until(
      `${this.id}: ${person.session.me.name} may ${command}`,
      async () => {
        if (refusals > looks) return 'refused';
        await this.until(`nothing stands against ${command}`, status => standingIn(status, command).length === 0);
        const { status, body } = await this.send({ command, args }, person, id);
        if (body.outcome === 'accepted' || body.first === 'accepted') return 'accepted';
        if (body.outcome === 'refused') refusals += 1;
        // Without an answer it may have been taken: asked again as the same command, it is not taken twice.
        if (status < 500) id = randomUUID();
        throw new Error(JSON.stringify(body));
      },
      patience,
    ).then(outcome => {
      if (outcome === 'refused') throw new Error(`${this.id}: ${person.session.me.name} may not ${command}`);
    });
  }

  send({ command, args = {} }: Wish, person: Person, id: string): Promise<Answer> {
    const { epoch, decisionSeq, at } = this.status;
    const seen = { epoch, decisionSeq, at: at > 0 ? Date.now() : 0 };
    return person.call('POST', `/equipment/${this.id}/commands`, { id, command, args, seen });
  }

  async present(person = this.me): Promise<void> {
    await this.#done('says to be there', () => person.call('POST', '/auth/presence', { equipment: this.id }));
  }

  async leave(person = this.me): Promise<void> {
    await this.#done('leaves', () => person.call('DELETE', '/auth/presence'));
  }

  /** A database that is slow for a moment is asked again. */
  #done(what: string, work: () => Promise<Answer>): Promise<unknown> {
    return until(`${this.id}: somebody ${what}`, async () => {
      const answer = await work();
      if (answer.status >= 300) throw new Error(JSON.stringify(answer));
      return true;
    });
  }

  /** The wish may be fulfilled now, as the API says it; what holds it up is waited for. */
  async isLegal(wish: Wish, person: Person, after: string): Promise<void> {
    await until(
      `${this.id}: ${wish.command} is legal after ${after}`,
      async () => {
        const { allowed, reasons, outcome } = await this.ask(wish, person);
        if (allowed && outcome === 'path') return true;
        if (reasons.length === 1 && reasons[0]?.code === isSo[wish.command]) return true;
        throw new Error(JSON.stringify(reasons));
      },
      patience,
    );
  }

  /** Asks for the way to it and goes it to its end. */
  async go(wish: Wish, person = this.me): Promise<void> {
    const way = await this.ask(wish, person);
    if (way.outcome !== 'path') throw new Error(`${this.id}: no way to ${wish.command}: ${JSON.stringify(way.missing)}`);
    await this.walk(way.steps, person);
    await this.isLegal(wish, person, way.steps.map(({ text }) => text).join(' '));
  }

  async walk(steps: readonly PathStep[], person = this.me): Promise<void> {
    for (const step of steps) await this.take(step, person);
  }

  /** Does what the step says, as whoever it names. */
  async take(step: PathStep, asker = this.me): Promise<void> {
    if (step.kind === 'presence') return this.present(asker);
    if (step.kind === 'happening') return happens(this, step);
    const person = this.#person(step.who, asker);
    if (person !== asker) await this.present(person);
    const args = step.choose === 'job' ? { job: await this.job() } : step.args;
    if (step.command) await this.must(step.command, args, person);
  }

  /** Which program is chosen from now on. */
  work(size: keyof typeof programs): void {
    this.#size = size;
  }

  /** A job that is checked for this machine as it is. */
  async job(): Promise<string> {
    const created = await this.me.call('POST', '/jobs', { file: this.#files[this.#size], equipment: this.id });
    if (created.status !== 202) throw new Error(`job refused: ${JSON.stringify(created)}`);
    const id = String(created.body.id);
    const job = await until(`job ${id} is checked`, async () => {
      const found = await this.me.job(id);
      return found.state !== undefined && found.state !== 'checking' && found;
    });
    if (job.state !== 'ready') throw new Error(`${this.id}: the job is ${job.state}: ${JSON.stringify(job.check?.problems)}`);
    return id;
  }

  #person(who: string, asker: Person): Person {
    if (who === 'you') return asker;
    if (who === 'a maintainer') return this.workshop.people.vic;
    if (who === 'an operator') return this.workshop.people.ben;
    return who === this.me.session.me.name ? this.me : this.workshop.named(who);
  }
}
