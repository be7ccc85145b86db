import { type Caller, hasRole } from '../../statecharts/caller.ts';
import type { Named } from '../../statecharts/equipment/context.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { type FactNeed, keyOf, type Qualification } from '../../statecharts/site/fact.ts';
import { trainingsOf } from '../../statecharts/site/rule.ts';
import { type Database, isAway } from '../storage/database.ts';
import type { JournalEntry } from '../storage/journal-entry.ts';
import type { DatabaseWatch } from '../system/database-watch.ts';
import type { Clock, Log } from '../system/ports.ts';
import { listenJson } from '../transport/json-listener.ts';
import type { Messages } from '../transport/messages.ts';
import { subject } from '../transport/subjects.ts';
import { Attendance } from './attendance.ts';
import { Elsewhere } from './elsewhere.ts';
import type { EquipmentView } from './equipment-view.ts';
import { nextInRows, qualificationsOf, rulesInForce, type Sources } from './facts.ts';
import { RunningHours } from './running-hours.ts';
import { readSite, type SiteRows } from './site-rows.ts';
import { type SiteTarget, Standing } from './standing.ts';
import { SupervisedUses } from './supervised-uses.ts';
import { type WindowNow, windowAt } from './windows.ts';

export interface SiteRoomOptions {
  readonly db: Database;
  readonly watch: DatabaseWatch;
  readonly messages: Messages;
  readonly site: string;
  /** IANA name: the time in which the hours of the site are meant. */
  readonly timeZone: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Changes are told; whoever missed the word finds them so much later, ms. */
const readEveryMs = 10_000;
const attendEveryMs = 1_000;
/** As long as a timer may be, ms. */
const longestMs = 3_600_000;
/** Between so many equipment others have their turn: a stop does not wait for a whole fleet. */
const atOnce = 5;

/**
 * What surrounds the equipment of this node: finds out the rules in force and the facts that they ask for, and tells each equipment when
 * they change. What the database says keeps its last value while it is away; what others would have to say and do not is unknown.
 */
export class SiteRoom {
  readonly #o: SiteRoomOptions;
  readonly #standing = new Map<string, Standing>();
  readonly #elsewhere: Elsewhere;
  readonly #attendance: Attendance;
  readonly #hours: RunningHours;
  readonly #uses: SupervisedUses;
  readonly #unsubscribe: (() => void)[];
  readonly #windows = new Map<string, { readonly at: number; readonly found: WindowNow }>();
  #rows: SiteRows;
  #reading: Promise<void> | null = null;
  #readAgain = false;
  #round: Promise<void> | null = null;
  #roundAgain = false;
  #timers: { readonly read: { cancel(): void }; readonly change: { cancel(): void }; readonly attend: { cancel(): void } };
  #closed = false;

  /** Reads the database first: no equipment is hosted without the rules of its site. Throws when the database is away. */
  static async open(options: SiteRoomOptions): Promise<SiteRoom> {
    return new SiteRoom(options, await readSite(options.db, options.clock.now()));
  }

  private constructor(options: SiteRoomOptions, rows: SiteRows) {
    this.#o = options;
    this.#rows = rows;
    const { clock, messages, site, watch } = options;
    this.#attendance = new Attendance(clock.monotonic());
    this.#elsewhere = new Elsewhere({ ...options, changed: id => this.#evaluateDependents(id) });
    this.#hours = new RunningHours({ ...options, due: () => this.#announce() });
    this.#uses = new SupervisedUses({ ...options, counted: () => this.#announce() });
    this.#unsubscribe = [
      listenJson(messages, this.#changedSubject(), () => this.read()),
      listenJson(messages, subject(site, 'system', '*', 'sessions'), ({ body }) => this.#attendance.heard(body, clock.monotonic())),
      messages.onState(({ ok }) => this.#attendance.listening(ok, clock.monotonic())),
      watch.subscribe(({ ok }) => (ok ? this.read() : undefined)),
    ];
    const never = { cancel: () => undefined };
    this.#timers = { read: never, change: never, attend: never };
    this.#readLater(readEveryMs);
    this.#attendLater();
  }

  /** From now on the equipment is told of its surroundings, first of all how they are. Returns the way to stop. */
  attach(target: SiteTarget, status: EquipmentStatus): () => void {
    const standing = new Standing(target, status);
    this.#standing.set(target.id, standing);
    standing.evaluate(this.#sources());
    this.#evaluateDependents(target.id);
    this.#lookElsewhere();
    this.#changeLater();
    return () => {
      if (this.#standing.get(target.id) === standing) this.#standing.delete(target.id);
      this.#hours.runs(target.id, false);
      this.#evaluateDependents(target.id);
      this.#lookElsewhere();
    };
  }

  /** A turn of an equipment that is hosted here. */
  committed(equipment: string, entry: JournalEntry, status: EquipmentStatus): void {
    const standing = this.#standing.get(equipment);
    if (!standing) return;
    const changed = standing.committed(status);
    if (changed.holder) standing.evaluate(this.#sources());
    if (changed.view) this.#evaluateDependents(equipment);
    this.#hours.runs(equipment, status.tags.includes('producing'));
    if (entry.type === 'START' && entry.source === 'command') this.#started(equipment, entry);
  }

  /** What a caller is trained for: a program acts with the training of the person whom it acts for, and nobody in person has none. */
  qualificationsOf({ kind, id, onBehalfOf }: Caller): readonly Qualification[] {
    const person = kind === 'user' ? id : kind === 'ai' ? onBehalfOf : undefined;
    return person === undefined ? [] : qualificationsOf(this.#rows, person, this.#o.clock.now());
  }

  /** Somebody of this id or login who may operate machines; null when there is nobody. */
  operator(name: string): Named | null {
    const { people } = this.#rows;
    const found = people.get(name) ?? [...people.values()].find(({ login }) => login === name);
    return found && hasRole(found, 'operator') ? { id: found.id, name: found.name } : null;
  }

  /** Reads the database anew soon; what cannot be read stays as it is. */
  read(): void {
    if (this.#closed) return;
    if (this.#reading) this.#readAgain = true;
    else this.#reading = this.#readNow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of Object.values(this.#timers)) timer.cancel();
    for (const stop of this.#unsubscribe) stop();
    this.#elsewhere.close();
    await Promise.all([this.#reading, this.#round, this.#hours.close(), this.#uses.close()]);
  }

  async #readNow(): Promise<void> {
    this.#timers.read.cancel();
    try {
      this.#rows = await readSite(this.#o.db, this.#o.clock.now());
    } catch (cause) {
      if (!isAway(cause)) this.#o.log(`the rules of the site could not be read: ${String(cause)}`);
    }
    if (!this.#closed) this.#evaluateAll();
    this.#reading = null;
    if (this.#closed) return;
    if (this.#readAgain) {
      this.#readAgain = false;
      this.read();
    } else this.#readLater(Math.min(readEveryMs, this.#presenceEndsIn()));
  }

  /** By the database's own clock a statement is over or not, so it is asked, and not much too often. */
  #presenceEndsIn(): number {
    const ends = this.#rows.present.map(({ presentUntil }) => presentUntil ?? Number.POSITIVE_INFINITY);
    return Math.max(250, Math.min(...ends, Number.POSITIVE_INFINITY) - this.#o.clock.now() + 50);
  }

  #readLater(ms: number): void {
    this.#set(
      'read',
      this.#o.clock.setTimeout(() => this.read(), ms),
    );
  }

  #attendLater(): void {
    const attend = () => {
      const now = this.#o.clock.monotonic();
      for (const standing of this.#standing.values()) standing.attend(person => this.#attendance.of(person, now));
      this.#attendLater();
    };
    this.#set('attend', this.#o.clock.setTimeout(attend, attendEveryMs));
  }

  #set(name: 'read' | 'change' | 'attend', timer: { cancel(): void }): void {
    if (this.#closed) timer.cancel();
    else this.#timers = { ...this.#timers, [name]: timer };
  }

  /** Each equipment anew, a few at a time. */
  #evaluateAll(): void {
    if (this.#round) {
      this.#roundAgain = true;
      return;
    }
    this.#round = this.#evaluateRound().then(() => {
      this.#round = null;
      if (this.#roundAgain && !this.#closed) this.#evaluateAll();
    });
  }

  async #evaluateRound(): Promise<void> {
    this.#roundAgain = false;
    let done = 0;
    for (const standing of [...this.#standing.values()]) {
      if (this.#closed) return;
      standing.evaluate(this.#sources());
      done += 1;
      if (done % atOnce === 0) await new Promise<void>(resolve => setImmediate(resolve));
    }
    this.#lookElsewhere();
    this.#changeLater();
  }

  #evaluateDependents(equipment: string): void {
    const key = keyOf({ kind: 'equipment', id: equipment });
    const dependents = [...this.#standing.values()].filter(({ keys }) => keys.includes(key));
    if (dependents.length > atOnce) this.#evaluateAll();
    else for (const standing of dependents) standing.evaluate(this.#sources());
  }

  #lookElsewhere(): void {
    const asked = [...this.#standing.values()].flatMap(({ keys }) => keys).flatMap(key => /^equipment\/(.+)$/.exec(key)?.[1] ?? []);
    this.#elsewhere.watch(new Set(asked.filter(id => !this.#standing.has(id))));
  }

  /** The next time at which something changes by itself. The wall clock may be set meanwhile: each reading looks again. */
  #changeLater(): void {
    const now = this.#o.clock.now();
    const windows = [...this.#windows.values()].flatMap(({ found }) => found.until ?? []);
    const times = [nextInRows(this.#rows, now) ?? [], windows].flat().filter(time => time > now);
    this.#timers.change.cancel();
    if (times.length === 0) return;
    const ms = Math.min(Math.min(...times) - now, longestMs);
    this.#set(
      'change',
      this.#o.clock.setTimeout(() => this.#evaluateAll(), ms),
    );
  }

  #sources(): Sources {
    return { rows: this.#rows, now: this.#o.clock.now(), view: id => this.#view(id), window: need => this.#window(need) };
  }

  #view(id: string): EquipmentView {
    return this.#standing.get(id)?.view ?? this.#elsewhere.view(id);
  }

  /** What was found holds until it changes, unless the clock was set back. */
  #window(need: FactNeed & { readonly kind: 'window' }): WindowNow {
    const { clock, timeZone } = this.#o;
    const [key, now] = [keyOf(need), clock.now()];
    const known = this.#windows.get(key);
    if (known && known.at <= now && (known.found.until === null ? now - known.at < readEveryMs : now < known.found.until))
      return known.found;
    const found = windowAt(need, timeZone, now);
    this.#windows.set(key, { at: now, found });
    return found;
  }

  #started(equipment: string, { commandId, principal }: JournalEntry): void {
    const { kind, id, onBehalfOf } = principal as { kind?: string; id?: string; onBehalfOf?: string };
    const person = kind === 'ai' ? onBehalfOf : id;
    if (commandId === null || person === undefined) return;
    const supervised = qualificationsOf(this.#rows, person, this.#o.clock.now()).filter(one => one.supervised > 0);
    const asked = trainingsOf(rulesInForce(this.#rows, equipment));
    const trainings = supervised.map(one => one.training).filter(training => asked.includes(training));
    if (trainings.length > 0) this.#uses.count({ commandId, person, equipment, trainings });
  }

  /** Everybody reads anew, this node too when nobody can be told. */
  #announce(): void {
    if (!this.#o.messages.publish(this.#changedSubject(), {})) this.read();
  }

  #changedSubject(): string {
    return subject(this.#o.site, 'system', 'site', 'changed');
  }
}
