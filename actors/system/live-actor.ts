import { createHash } from 'node:crypto';
import type { Reason } from '../../statecharts/refusal.ts';
import { type Database, isAway } from '../storage/database.ts';
import type { ParkedMessage } from '../storage/dead-letters.ts';
import { findCommand } from '../storage/journal.ts';
import { canonical, type JournalEntry, type Json, plainJson, storableText } from '../storage/journal-entry.ts';
import type { StoredTimer } from '../storage/timers.ts';
import { type Outcome, outcomeSchema } from '../transport/envelopes.ts';
import { objectionTo } from './admission.ts';
import type { Chart, ChartEvent, ChartState, RecordedEffect, StatusFrame } from './chart.ts';
import { type ChartActor, startChartActor } from './chart-actor.ts';
import type { DatabaseWatch } from './database-watch.ts';
import type { ActivationFence } from './fence.ts';
import { Haste } from './haste.ts';
import type { CommitResult, Durability, Ledger } from './ledger.ts';
import { type Lane, Mailbox } from './mailbox.ts';
import type { CommandMessage, EventMessage, Message, NoteMessage, ReplayMessage, TellMessage } from './message.ts';
import { anonymous, commandOrigin, eventLimitBytes, type Origin, principalOf, refusalOf, sizeOf } from './origin.ts';
import { fromLetter, toLetter } from './parked.ts';
import type { Clock, Log } from './ports.ts';
import { asDuplicate, Replies } from './replies.ts';
import { type FiredTimer, isTimerEffect, Timers, timerChangeOf } from './timers.ts';
import { busy, notOwner, turnReasons, unavailable } from './turn-answers.ts';
import { type TurnGate, turnGate } from './turn-gate.ts';

/** What everyone else hears after the commit. */
export interface Committed<Status> {
  readonly entry: JournalEntry;
  readonly kept: 'journal' | 'local' | 'nowhere';
  readonly effects: readonly RecordedEffect[];
  readonly status: Status;
}

export interface LiveActorOptions<Status> {
  readonly chart: Chart<Status>;
  readonly db: Database;
  readonly ledger: Ledger;
  readonly fence: ActivationFence;
  readonly watch: DatabaseWatch;
  readonly clock: Clock;
  readonly log: Log;
  readonly actorId: string;
  /** Persisted state to go on from; null begins anew. */
  readonly from: unknown;
  readonly decisionSeq: number;
  /** Delays of the life before. */
  readonly timers: readonly StoredTimer[];
  /** Where its turns wait for their time; by default with all actors of this process. */
  readonly gate?: TurnGate;
  /** Impairments to be shown in the status. */
  degraded(): StatusFrame['degraded'];
  /** Does one effect; its outcome comes back as an event. Called only while the fence is valid. */
  perform(effect: RecordedEffect): void;
  committed(turn: Committed<Status>): void;
}

type TurnResult = { readonly ok: true; readonly seq: number } | { readonly ok: false; readonly outcome: Outcome };

interface Turn {
  readonly origin: Origin;
  readonly durability: Durability;
  readonly effects: readonly RecordedEffect[];
  readonly reply: { readonly id: string; readonly outcome: Outcome } | null;
  readonly snapshot: 'keep' | 'when-due';
  readonly timer?: FiredTimer | undefined;
  readonly deadLetter?: ParkedMessage;
  readonly replayed?: number;
}

/** A message that is taken under its id, whoever it comes from. */
interface OnceTold extends Pick<EventMessage, 'source' | 'event'> {
  readonly id: string;
  /** What brought it about. */
  readonly from: string;
  readonly principal: Json;
}

const snapshotEvery = 50;
/** Of one outage; the room of the local file is for what happens. */
const refusalsKeptLocally = 100;
const stateLimitBytes = 1_048_576;

/** One actor at work: a mailbox, a chart and its journal; one message at a time. */
export class LiveActor<Status> {
  readonly #o: LiveActorOptions<Status>;
  readonly #mailbox = new Mailbox();
  readonly #replies = new Replies();
  readonly #timers: Timers;
  readonly #haste: Haste;
  #chart: ChartActor;
  /** The state at the last commit, to go back to: XState never changes one that it gave out. */
  #committed: ChartState;
  #decisionSeq: number;
  #digest: string;
  /** The first turn of a life brings a snapshot: what is replayed later was then lived by one chart with one set of settings. */
  #sinceSnapshot = snapshotEvery;
  #refusedWhileAway = 0;
  /** Of the last status that does not stand in the journal. */
  #unwritten = { seq: 0, at: 0 };
  #work: Promise<void> | null = null;
  #closed = false;

  constructor(options: LiveActorOptions<Status>) {
    this.#o = options;
    this.#haste = new Haste(options.clock);
    this.#chart = this.#start(options.from);
    this.#committed = this.#chart.state();
    this.#decisionSeq = options.decisionSeq;
    this.#digest = options.chart.decisionDigest(this.#chart.state());
    this.#timers = new Timers(options.clock, (timer, event) => {
      const told = { ...(event as ChartEvent), at: options.clock.now() };
      this.post('report', { kind: 'event', source: 'timer', event: told, timer });
    });
    this.#timers.restore(options.timers);
  }

  /** Puts a message into its lane; a command that finds its lane full is answered `busy`. */
  post(lane: Lane, message: Message): void {
    if (this.#closed || !this.#mailbox.put(lane, message)) {
      if ('reply' in message) message.reply(busy);
      return;
    }
    if (lane === 'safety') this.#haste.came();
    this.#work ??= this.#run();
  }

  /** The state of the last commit. */
  state(): ChartState {
    return this.#chart.state();
  }

  /** The status document of now. */
  status(at = this.#o.clock.now()): Status {
    const { chart, ledger, degraded } = this.#o;
    const frame = { seq: ledger.seq, decisionSeq: this.#decisionSeq, epoch: ledger.epoch, at, degraded: degraded() };
    return chart.toStatus(this.#chart.state(), frame);
  }

  /** Resolves when the mailbox is empty. */
  async idle(): Promise<void> {
    while (this.#work) await this.#work;
  }

  /** Keeps the whole state and ends; what comes later is answered `busy`. */
  async close(type: string): Promise<void> {
    this.#timers.close();
    this.post('report', { kind: 'note', type, data: {}, snapshot: 'keep' });
    await this.idle();
    this.#closed = true;
    // A turn of the last moment may have started one.
    this.#timers.close();
    this.#chart.stop();
  }

  async #run(): Promise<void> {
    const gate = this.#o.gate ?? turnGate;
    for (;;) {
      const turnComes = gate.pass();
      if (turnComes) await turnComes;
      // Taken when its turn begins: what is urgent by then comes first. Nothing is awaited between an empty mailbox and the end.
      const urgent = this.#mailbox.urgent > 0;
      const message = this.#mailbox.take();
      if (!message) break;
      try {
        await this.#handle(message);
      } catch (cause) {
        // A bug. One message must not stop the actor: the state of the last commit goes on.
        this.#restore();
        this.#o.log(`${this.#o.actorId}: a ${message.kind} failed: ${textOf(cause)}`);
        if ('reply' in message) message.reply({ outcome: 'indeterminate', seq: 0, reasons: [] });
      } finally {
        if (urgent) this.#haste.went();
      }
    }
    this.#work = null;
  }

  async #handle(message: Message): Promise<void> {
    switch (message.kind) {
      case 'command':
        message.reply(await this.#command(message));
        return;
      case 'event':
        return this.#event(message);
      case 'tell':
        message.reply(await this.#tell(message));
        return;
      case 'replay':
        message.reply(await this.#replay(message));
        return;
      case 'note':
        return this.#note(message);
      case 'recover':
        await this.#haste.within(this.#o.ledger.recover());
        return;
    }
  }

  async #command(message: CommandMessage): Promise<Outcome> {
    const { chart, fence, ledger, clock } = this.#o;
    const { request } = message;
    if (!fence.valid()) return notOwner(fence.reason);
    // An older one stands in the journal under a unique key: then this turn cannot be written, and the first reply is read there.
    const first = this.#replies.get(request.id);
    if (first) return asDuplicate(first);
    const stopLike = chart.isStopLike(request.command);
    if (!stopLike && ledger.away) return this.#unavailable(message);
    this.#refusedWhileAway = 0;
    const facts = { epoch: ledger.epoch, decisionSeq: this.#decisionSeq, now: clock.now(), monotonic: clock.monotonic() };
    const objection = message.objection ?? (stopLike ? null : objectionTo(message, facts));
    if (objection) return this.#refuse(message, objection);
    const reasons = chart.decide(this.#chart.state(), request, facts.now);
    if (reasons.length > 0) return this.#refuse(message, { outcome: 'refused', reasons: [...reasons] });
    return this.#accept(message, chart.toEvent(request, facts.now));
  }

  /** Not executed for want of the journal, which hears of it afterwards; no reply is kept under its id, so that it may be tried again. */
  async #unavailable(message: CommandMessage): Promise<Outcome> {
    const outcome = unavailable(this.#o.watch.state.cause);
    this.#refusedWhileAway += 1;
    if (this.#refusedWhileAway > refusalsKeptLocally + 1) return outcome;
    const last = this.#refusedWhileAway > refusalsKeptLocally;
    await this.#commit({
      origin: last
        ? { ...anonymous, type: 'refusals.omitted', source: 'note', data: { after: refusalsKeptLocally } }
        : { ...commandOrigin(message), type: 'command.refused', source: 'refusal', data: refusalOf(message, outcome) },
      durability: 'local',
      effects: [],
      reply: null,
      snapshot: 'when-due',
    });
    return outcome;
  }

  async #firstReply(commandId: string): Promise<Outcome | null> {
    const known = this.#replies.get(commandId);
    if (known || this.#o.ledger.away) return known;
    try {
      const stored = await findCommand(this.#o.db, this.#o.actorId, commandId);
      return stored === null ? null : outcomeSchema.parse(stored);
    } catch (cause) {
      if (!isAway(cause)) throw cause;
      this.#o.watch.reportTrouble(cause);
      return null;
    }
  }

  async #accept(message: CommandMessage, event: ChartEvent): Promise<Outcome> {
    if (sizeOf(event) > eventLimitBytes) return this.#refuse(message, { outcome: 'refused', reasons: [turnReasons.eventTooLarge] });
    const sent = this.#chart.send(event);
    if (!sent.ok) {
      this.#restore();
      this.#o.log(`${this.#o.actorId}: ${event.type} broke the chart: ${textOf(sent.cause)}`);
      return this.#refuse(message, { outcome: 'refused', reasons: [turnReasons.guardError] });
    }
    const outcome: Outcome = { outcome: 'accepted', seq: this.#o.ledger.seq + 1, reasons: [] };
    const { type, ...data } = event;
    const result = await this.#commit({
      origin: { ...commandOrigin(message), type, source: 'command', data: data as Json },
      durability: this.#o.chart.isStopLike(message.request.command) ? 'local' : 'journal',
      effects: sent.effects,
      reply: { id: message.request.id, outcome },
      snapshot: 'when-due',
    });
    return result.ok ? { ...outcome, seq: result.seq } : result.outcome;
  }

  async #refuse(message: CommandMessage, refusal: Omit<Outcome, 'seq'>): Promise<Outcome> {
    const { command, id } = message.request;
    const outcome: Outcome = { ...refusal, seq: this.#o.ledger.seq + 1 };
    const result = await this.#commit({
      origin: { ...commandOrigin(message), type: 'command.refused', source: 'refusal', data: refusalOf(message, refusal) },
      durability: this.#o.chart.isStopLike(command) ? 'local' : 'journal',
      effects: [],
      reply: { id, outcome },
      snapshot: 'when-due',
    });
    return result.ok ? { ...outcome, seq: result.seq } : result.outcome;
  }

  async #event(message: EventMessage): Promise<void> {
    const { source, event, causationId, timer } = message;
    if (timer && !this.#timers.stands(timer)) return;
    if (sizeOf(event) > eventLimitBytes) return this.#park(message, 'too-large');
    const sent = this.#chart.send(event);
    if (!sent.ok) return this.#park(message, `poison: ${textOf(sent.cause)}`);
    const { type, ...data } = event;
    const origin = { ...anonymous, source, causationId: causationId ?? null, type, data: data as Json };
    const result = await this.#commit({ origin, effects: sent.effects, durability: 'local', reply: null, snapshot: 'when-due', timer });
    if (!result.ok) this.#o.log(`${this.#o.actorId}: ${type} was not taken: ${result.outcome.reasons[0]?.message}`);
  }

  /** What cannot be taken is kept for a person to look at, and the next message has its turn. */
  async #park(message: EventMessage, reason: string): Promise<void> {
    this.#restore();
    const { type } = message.event;
    this.#o.log(`${this.#o.actorId}: ${type} is parked: ${reason}`);
    await this.#commit({
      origin: { ...anonymous, type: 'message.parked', source: 'note', data: { type, why: reason } },
      durability: 'local',
      effects: [],
      reply: null,
      snapshot: 'when-due',
      timer: message.timer,
      deadLetter: toLetter(message, reason),
    });
  }

  /** Once, under its id. While the database is away it is not taken: whoever sent it keeps it. */
  async #tell({ id, source, event, from, reply: _ }: TellMessage): Promise<Outcome> {
    const objection = this.#cannotKeep();
    if (objection) return objection;
    const first = this.#replies.get(id);
    if (first) return asDuplicate(first);
    const letter = { source, event };
    if (sizeOf(event) > eventLimitBytes) {
      await this.#park({ kind: 'event', ...letter }, 'too-large');
      return refused(turnReasons.eventTooLarge);
    }
    const told = await this.#once({ id, from, principal: null, ...letter });
    if (told !== 'poison') return told;
    await this.#park({ kind: 'event', ...letter }, 'poison: the chart failed on it');
    return refused(turnReasons.stillPoison);
  }

  /** Once: the letter's id is a command id, and the journal takes none of those twice. */
  async #replay({ letter, caller }: ReplayMessage): Promise<Outcome> {
    const objection = this.#cannotKeep();
    if (objection) return objection;
    const again = fromLetter(letter.message, this.#o.clock.now());
    if (again === null || sizeOf(again.event) > eventLimitBytes) return refused(turnReasons.notReplayable);
    const id = `dead-letter:${letter.id}`;
    const told = await this.#once({ id, from: id, principal: principalOf(caller), ...again }, letter.id);
    return told === 'poison' ? refused(turnReasons.stillPoison) : told;
  }

  #cannotKeep(): Outcome | null {
    const { fence, ledger, watch } = this.#o;
    if (!fence.valid()) return notOwner(fence.reason);
    return ledger.away ? unavailable(watch.state.cause) : null;
  }

  async #once({ id, from, principal, source, event }: OnceTold, replayed?: number): Promise<Outcome | 'poison'> {
    const sent = this.#chart.send(event);
    if (!sent.ok) {
      this.#restore();
      this.#o.log(`${this.#o.actorId}: ${id} broke the chart: ${textOf(sent.cause)}`);
      return 'poison';
    }
    const outcome: Outcome = { outcome: 'accepted', seq: this.#o.ledger.seq + 1, reasons: [] };
    const { type, ...data } = event;
    const origin = { ...anonymous, commandId: id, causationId: from, principal, type, source, data: data as Json };
    const turn = { origin, effects: sent.effects, reply: { id, outcome }, ...(replayed === undefined ? {} : { replayed }) };
    const result = await this.#commit({ ...turn, durability: 'journal', snapshot: 'when-due' });
    return result.ok ? outcome : result.outcome;
  }

  async #note({ type, data, caller, snapshot }: NoteMessage): Promise<void> {
    const principal = caller ? principalOf(caller) : null;
    const origin = { ...anonymous, principal, type, source: 'note', data: data as Json };
    await this.#commit({ origin, durability: 'local', effects: [], reply: null, snapshot });
  }

  /** Writes the turn down, then acts on it; or goes back to the last commit, having done nothing. */
  async #commit(turn: Turn): Promise<TurnResult> {
    const { chart, ledger, clock } = this.#o;
    const state = this.#chart.state();
    const same = state === this.#committed;
    if (!same && sizeOf(state.context) > stateLimitBytes)
      return this.#undo({ outcome: 'refused', seq: 0, reasons: [turnReasons.stateTooLarge] });
    const digest = same ? this.#digest : chart.decisionDigest(state);
    const decisionSeq = digest === this.#digest ? this.#decisionSeq : this.#decisionSeq + 1;
    const frame = { seq: ledger.seq + 1, decisionSeq, epoch: ledger.epoch, at: clock.now(), degraded: this.#o.degraded() };
    const timers = timerChangeOf(turn.effects, frame.at, turn.timer ?? null);
    const snapshot = this.#snapshotIfDue(turn);
    const status = chart.toStatus(state, frame);
    const kept = await ledger.commit(
      {
        event: { ...turn.origin, at: frame.at, value: state.value },
        decisionSeq,
        status: storableText(status),
        command: turn.reply ? { id: turn.reply.id, result: plainJson(turn.reply.outcome) } : null,
        effects: turn.effects
          .filter(effect => !isTimerEffect(effect))
          .map(effect => ({ effect: plainJson(effect), class: chart.effectClass(effect) })),
        snapshot,
        timers,
        deadLetter: turn.deadLetter ?? null,
        replayed: turn.replayed ?? null,
      },
      { durability: turn.durability, haste: this.#haste },
    );
    if (!kept.ok) return this.#undo(await this.#outcomeOf(kept, turn));
    [this.#committed, this.#digest, this.#decisionSeq] = [state, digest, decisionSeq];
    this.#sinceSnapshot = snapshot && kept.kept === 'journal' ? 0 : this.#sinceSnapshot + 1;
    if (turn.reply) this.#replies.keep(turn.reply.id, turn.reply.outcome);
    this.#timers.apply(timers);
    this.#act(
      kept.entry,
      turn.effects.filter(effect => !isTimerEffect(effect)),
    );
    // A turn that met an outage has another place than it was written for, and an impairment to show.
    const asWritten = kept.kept === 'journal' && kept.entry.seq === frame.seq;
    this.#o.committed({ entry: kept.entry, kept: kept.kept, effects: turn.effects, status: asWritten ? status : this.#nextStatus() });
    return { ok: true, seq: kept.kept === 'journal' ? kept.entry.seq : 0 };
  }

  /** Readers tell the newer of two by seq, then by time: turns that share a place, because they were lost, must differ in time. */
  #nextStatus(): Status {
    const { ledger, clock } = this.#o;
    const [{ seq }, now, last] = [ledger, clock.now(), this.#unwritten];
    this.#unwritten = { seq, at: seq === last.seq ? Math.max(now, last.at + 1) : now };
    return this.status(this.#unwritten.at);
  }

  /** The driver is told first: nobody's screen is more urgent than the machine. */
  #act(entry: JournalEntry, effects: readonly RecordedEffect[]): void {
    for (const effect of effects) {
      if (this.#o.fence.valid()) this.#o.perform(effect);
    }
    if (effects.length > 0) this.#o.ledger.performed(entry.seq);
  }

  #snapshotIfDue(turn: Turn) {
    const { ledger } = this.#o;
    const due = turn.snapshot === 'keep' || ledger.needsSnapshot || this.#sinceSnapshot >= snapshotEvery - 1;
    // The local file takes none.
    if (!due || ledger.away) return null;
    const state = plainJson(this.#chart.persisted());
    const hash = createHash('sha256').update(canonical(state)).digest('hex');
    return { version: this.#o.chart.version, chartHash: this.#o.chart.hash, state, hash };
  }

  #undo(outcome: Outcome): TurnResult {
    this.#restore();
    return { ok: false, outcome };
  }

  #restore(): void {
    const from = this.#chart.persisted(this.#committed);
    this.#chart.stop();
    this.#chart = this.#start(from);
    this.#committed = this.#chart.state();
  }

  #start(from: unknown): ChartActor {
    return startChartActor({ chart: this.#o.chart, from });
  }

  async #outcomeOf(failure: CommitResult & { ok: false }, turn: Turn): Promise<Outcome> {
    const reason = { code: failure.code, message: failure.message };
    switch (failure.code) {
      case 'journal-unavailable':
        return unavailable(failure.message);
      case 'fenced':
        return notOwner(this.#o.fence.reason);
      case 'not-storable':
        return refused(reason);
      case 'duplicate': {
        const first = turn.reply ? await this.#firstReply(turn.reply.id) : null;
        return first ? asDuplicate(first) : refused(reason);
      }
    }
  }
}

function refused(reason: Reason): Outcome {
  return { outcome: 'refused', seq: 0, reasons: [reason] };
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
