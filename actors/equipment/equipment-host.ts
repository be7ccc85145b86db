import type { DriverContext, EquipmentType, HandOver } from '../../machines/driver.ts';
import { cleanedPath } from '../../machines/gcode/cleaned-file.ts';
import type { CheckContext } from '../../machines/gcode/dialect.ts';
import { readProgress } from '../../machines/progress.ts';
import { outcomeOf } from '../../statecharts/equipment/assigns.ts';
import type { EquipmentInput } from '../../statecharts/equipment/context.ts';
import type { DeviceEffect, Effect } from '../../statecharts/equipment/effects.ts';
import { isEnergised } from '../../statecharts/equipment/guards.ts';
import { equipmentChartIdentity, type Progress } from '../../statecharts/equipment/project.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import type { Reason } from '../../statecharts/refusal.ts';
import type { SiteNews } from '../site/standing.ts';
import type { LanePress, NodeFrame } from '../stop/protocol.ts';
import { giveBack } from '../storage/journal.ts';
import type { QuarantinedState } from '../storage/quarantines.ts';
import type { Activation } from '../system/activate.ts';
import type { RecordedEffect } from '../system/chart.ts';
import type { DatabaseState } from '../system/database-watch.ts';
import { type Committed, LiveActor } from '../system/live-actor.ts';
import { tellRestored } from '../system/tell-restored.ts';
import { TelemetryCell } from '../telemetry/telemetry-cell.ts';
import { subject } from '../transport/subjects.ts';
import { Announcements } from './announcements.ts';
import { cutOffRun, disagreement, interruptedAt, interruptedElsewhere, type Witnesses } from './cut-off-run.ts';
import { drained } from './drained.ts';
import { DriverSeat } from './driver-seat.ts';
import { contextOf, equipmentKind } from './equipment-kind.ts';
import type { EquipmentRow } from './equipment-row.ts';
import { leaveHandOver, transferableRun } from './hand-over.ts';
import type { JobDirectory, NodeServices } from './node-services.ts';
import { openDoors } from './open-doors.ts';
import { impairmentOf } from './quarantine-desk.ts';
import { StopPresses } from './stop-presses.ts';
import { StopWatch } from './stop-watch.ts';
import { WireTap } from './wire-tap.ts';

export interface EquipmentHostOptions {
  readonly services: NodeServices;
  readonly jobs: JobDirectory;
  readonly row: EquipmentRow;
  readonly type: EquipmentType;
  /** Parsed by the type's own schema. */
  readonly settings: unknown;
  readonly input: EquipmentInput;
  readonly activation: Activation;
  /** True for a device that other nodes can reach too. */
  readonly shared: boolean;
  /** How far the last owner's program was known to have come; null when the journal has no word of it. */
  readonly checkpoint: Progress | null;
  /** The journal names the job that the progress file here tells of. */
  readonly fileIsKnown: boolean;
  /** The run that the last owner handed over in order, whether or not it goes on. */
  readonly left: HandOver | null;
  /** The same, to go on with if the machine is as it was left. */
  readonly takeOver: HandOver | null;
  /** States that were left alone, now or before, and that nobody has acknowledged. */
  readonly quarantined: readonly QuarantinedState[];
}

/** One equipment at work: its actor, its driver, and what goes out to whom. */
export class EquipmentHost {
  readonly id: string;
  readonly #o: EquipmentHostOptions;
  readonly #actor: LiveActor<EquipmentStatus>;
  readonly #driver: DriverSeat;
  readonly #telemetry: TelemetryCell;
  readonly #wire: WireTap;
  readonly #stops = new StopPresses();
  readonly #stopWatch: StopWatch;
  readonly #announcements: Announcements;
  readonly #unsubscribe: (() => void)[] = [];
  #ending: Reason | null = null;
  /** What a machine that is being taken over said before it is known how this activation begins. */
  #withheld: Report[] | null = null;

  constructor(options: EquipmentHostOptions) {
    const { services, row, activation } = options;
    const { clock } = services;
    this.id = row.id;
    this.#o = options;
    const actor = `equipment/${row.id}`;
    this.#telemetry = new TelemetryCell({
      actor,
      clock,
      epoch: activation.fence.epoch,
      live: () => contextOf(this.#actor.state()).regions.connection === 'online',
      publish: telemetry => services.messages.publish(this.#subject('telemetry'), telemetry),
    });
    this.#wire = new WireTap({ actor, clock, publish: batch => services.messages.publish(this.#subject('inspect'), batch) });
    this.#stopWatch = new StopWatch(clock, options.type.program ? 'condition' : 'aborted');
    this.#actor = this.#startActor(actor);
    this.#announcements = new Announcements({
      services,
      id: row.id,
      epoch: this.epoch,
      actor: this.#actor,
      progress: () => this.#telemetry.values.program,
      owns: () => this.owns,
    });
    tellRestored(this.#actor, activation, equipmentChartIdentity(this.profile));
    if (options.takeOver) this.#withheld = [];
    // What is read here is overwritten by the next run, so it is read before the driver opens.
    else this.#beginFromWitnesses();
    this.#driver = this.#driverSeat();
    this.#listen();
  }

  get type(): string {
    return this.#o.row.type;
  }

  get profile(): ProfileName {
    return this.#o.input.profile;
  }

  get epoch(): number {
    return this.#o.activation.fence.epoch;
  }

  /** Seq of the newest status that this activation has said; 0: none yet. */
  get said(): number {
    return this.#announcements.said;
  }

  /** True for a device that other nodes can reach too. */
  get shared(): boolean {
    return this.#o.shared;
  }

  /** Nothing is under way: neither a run nor a motion by hand. */
  get rests(): boolean {
    return !isEnergised(contextOf(this.#actor.state()).regions);
  }

  /** The node ends when nothing runs any more: the status says so, and no new run begins. */
  beginLast(why: Reason): void {
    if (this.#ending !== null) return;
    this.#ending = why;
    this.#event('system', { type: 'service.degraded', code: why.code, message: why.message });
  }

  /** Still the owner? */
  get owns(): boolean {
    return this.#o.activation.fence.valid();
  }

  /** Why it is not ours any more, or null. */
  get lostBecause(): string | null {
    return this.#o.activation.fence.reason;
  }

  /** The database shows a newer epoch than ours. */
  outrunBy(epoch: number): void {
    if (epoch > this.epoch) this.#o.activation.fence.revoke('another owner holds a newer epoch');
  }

  /** The proof of life runs out: hold what others could take over. First the byte, then the journal. */
  losing(): void {
    if (!this.#o.shared || !this.owns) return;
    const runs = this.#o.type.program !== undefined && contextOf(this.#actor.state()).regions.connection === 'online';
    if (runs) this.#driver.perform({ type: 'device.hold' });
    this.#event('system', { type: 'authority.losing' });
  }

  status(): EquipmentStatus {
    return this.#actor.status();
  }

  /** What a check of a program must know of this machine; null for what runs none. */
  checkContext(): CheckContext | null {
    const { type } = this.#o;
    if (!type.program) return null;
    const { offsets, envelope } = contextOf(this.#actor.state());
    return { dialect: type.program.dialect, ...(this.#driver.program?.facts() ?? { offsets, envelope }) };
  }

  /**
   * The stop key. The stop byte is with the operating system before this returns; the journal and the chart follow. The second
   * press of one id is answered like the first without another byte.
   */
  press(press: LanePress, stage: (frame: NodeFrame) => void): void {
    const { clock } = this.#o.services;
    const at = clock.monotonic();
    const { first, written } = this.#stops.once(press.stopId, () => this.#driver.stop());
    const frame = { stopId: press.stopId, equipment: this.id };
    const ms = Math.round((clock.monotonic() - at) * 10) / 10;
    if (written) {
      stage({ ...frame, stage: 'written', ms });
      this.#stopWatch.wait(at, confirmedMs => stage({ ...frame, stage: 'confirmed', ms: confirmedMs }));
    } else {
      stage({ ...frame, stage: 'not-written', ms, reason: this.owns ? noConnection : noOwner });
    }
    if (first) this.#pressed(press, written);
  }

  /** Resolves when the machine was read, or after this time, ms. */
  async connected(withinMs: number): Promise<void> {
    const { clock } = this.#o.services;
    const until = clock.monotonic() + withinMs;
    while (contextOf(this.#actor.state()).regions.connection !== 'online' && clock.monotonic() < until) {
      await new Promise<void>(done => clock.setTimeout(done, 20));
    }
  }

  /** The run that another node could go on with; null when there is none. */
  get transferableRun(): ReturnType<typeof transferableRun> {
    return this.#o.shared && this.owns && this.#withheld === null ? transferableRun(contextOf(this.#actor.state())) : null;
  }

  /**
   * Feeds no more, waits until every line sent is acknowledged, writes down how far the run came and gives the equipment back, in one
   * statement; the link is closed when this resolves, and the machine is left as it is. False: it is still ours, whatever came between.
   */
  async depart(to: string, withinMs: number): Promise<boolean> {
    const run = await drained(this.#driver.program, this.#o.services.clock, withinMs);
    if (run === null) return false;
    this.#actor.post('report', { kind: 'note', type: 'program.handed-over', data: { ...run, to }, snapshot: 'keep' });
    await this.#actor.idle();
    const { activation, services } = this.#o;
    if (this.transferableRun === null) return false;
    const chart = equipmentChartIdentity(this.profile).hash;
    const standing = { actorId: `equipment/${this.id}`, epoch: this.epoch, seq: activation.ledger.seq, chart };
    if (!(await leaveHandOver(services.db, standing, run))) return false;
    activation.fence.revoke(`its run was handed over to ${to}`);
    await this.#driver.program?.leave();
    return true;
  }

  async close(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#announcements.close();
    this.#telemetry.close();
    this.#wire.close();
    await this.#driver.close();
    await this.#actor.close('actor.passivated');
    await this.#giveBack();
    await this.#o.services.events.drop(`equipment/${this.id}`);
    await this.#o.activation.file.close();
  }

  /** In order and still ours: the next owner need not wait for a silence. */
  async #giveBack(): Promise<void> {
    const { fence } = this.#o.activation;
    const ours = this.owns;
    fence.revoke('this node ended in order');
    if (ours && this.#o.shared) await giveBack(this.#o.services.db, `equipment/${this.id}`, fence.epoch).catch(() => undefined);
  }

  #subject(subjectClass: Parameters<typeof subject>[3], name?: string): string {
    return subject(this.#o.services.site, 'equipment', this.id, subjectClass, name);
  }

  #startActor(actorId: string): LiveActor<EquipmentStatus> {
    const { services, activation, input } = this.#o;
    const { db, watch, clock, log } = services;
    return new LiveActor({
      ...activation,
      db,
      watch,
      clock,
      log,
      actorId,
      chart: equipmentKind(input, () => this.#telemetry.values.program),
      degraded: () => [],
      perform: effect => this.#perform(effect),
      committed: turn => this.#committed(turn),
    });
  }

  /** Everything is proven anew; `interrupted` is what the last owner's run came to. */
  #begin(interrupted: ReturnType<typeof cutOffRun>): void {
    this.#event('system', { type: 'authority.acquired', epoch: this.epoch });
    this.#lookAround();
    if (interrupted) this.#event('system', { type: 'program.ended', outcome: interrupted });
    this.#sayQuarantined();
    void this.#actor.idle().then(() => this.#remindJob());
  }

  /** A new activation has forgotten what is impaired. */
  #sayQuarantined(): void {
    const event = impairmentOf(this.#o.quarantined, this.#o.services.clock.now());
    if (event) this.#event('system', event);
  }

  /** The machine is as it was handed over, and the run goes on; or why it is not. */
  #verified(run: HandOver, why: string | null): void {
    const withheld = this.#withheld ?? [];
    this.#withheld = null;
    if (why === null) {
      this.#event('system', { type: 'authority.continued', epoch: this.epoch, fromLine: run.acknowledged + 1 });
      this.#sayQuarantined();
      this.#lookAround();
    } else {
      this.#o.services.log(`${this.id}: its run does not go on, and it is held: ${why}.`);
      this.#begin(interruptedAt({ ...run, sent: run.acknowledged }));
    }
    for (const report of withheld) this.#event('device', { ...report });
  }

  /** Before any command: the rules of the site are in force from the first moment. */
  #lookAround(): void {
    const tell = (news: SiteNews) => this.#event('system', { ...news });
    this.#unsubscribe.push(this.#o.services.surroundings.attach({ id: this.id, tell }, this.#actor.status()));
  }

  /** What the last owner's run came to, by all that is known of it here; what does not agree is told once it is known who owns it now. */
  #beginFromWitnesses(): void {
    const { run } = contextOf(this.#actor.state());
    const running = run?.result === 'running' ? run.job : null;
    const witnesses = this.#witnesses();
    this.#begin(running === null ? null : cutOffRun(running, witnesses));
    const differs = disagreement(running, witnesses);
    if (!differs) return;
    this.#o.services.log(`${this.id}: ${differs.sentence}`);
    this.#actor.post('report', { kind: 'note', type: 'recovery.disagreement', data: { ...differs }, snapshot: 'when-due' });
  }

  #witnesses(): Witnesses {
    const { left, checkpoint, fileIsKnown, shared, services } = this.#o;
    return { left, checkpoint, fileIsKnown, shared, file: readProgress(services.paths.equipment(this.id)) };
  }

  /** What the machine had loaded or ran before it began anew, which its own state no longer knows: the job must not wait for it for ever. */
  releaseJob(last: LastJob): void {
    const about = { equipment: this.id, at: this.#o.services.clock.now() };
    const word =
      last.run?.result === 'running'
        ? { type: 'job.ended', ...about, outcome: cutOffRun(last.job, this.#witnesses()) ?? interruptedElsewhere(last.run) }
        : { type: 'job.unloaded', ...about };
    this.#o.jobs.tell(last.job, word);
  }

  /** A job may have missed the last word before a crash: its own commit is another one. What it knows already changes nothing. */
  #remindJob(): void {
    const { job, run } = contextOf(this.#actor.state());
    const about = { equipment: this.id, at: this.#o.services.clock.now() };
    if (job) this.#o.jobs.tell(job.id, { type: 'job.loaded', ...about });
    const outcome = outcomeOf(run);
    if (run && outcome) this.#o.jobs.tell(run.job, { type: 'job.ended', ...about, by: run.by, outcome });
  }

  #driverSeat(): DriverSeat {
    const { services, type, settings, activation, takeOver } = this.#o;
    const { clock, paths } = services;
    const plain: Omit<DriverContext<unknown>, 'report'> = {
      settings,
      fence: activation.fence,
      clock: { monotonic: () => clock.monotonic(), setTimeout: (run, ms) => clock.setTimeout(run, ms) },
      directory: paths.equipment(this.id),
      programPath: hash => cleanedPath(paths.blobs, hash),
      telemetry: update => {
        this.#telemetry.update(update);
        this.#stopWatch.answered();
      },
      wire: line => this.#wire.line(line),
    };
    const first = {
      inherited: (this.#o.shared && activation.livedBefore) || activation.unfinished.some(({ effect }) => typeOf(effect) === 'link.open'),
      ...(takeOver ? { takeOver: { from: takeOver, verified: (why: string | null) => this.#verified(takeOver, why) } } : {}),
    };
    const seat = {
      open: (report: (report: Report) => void, again: boolean) => type.open({ ...plain, ...(again ? { inherited: true } : first), report }),
      report: (report: Report) => this.#report(report),
      owesStop: () => contextOf(this.#actor.state()).regions.stopLatch === 'latched',
      log: (line: string) => services.log(`${this.id}: ${line}`),
    };
    // What a person disconnected stays so, whoever owns it now.
    const isDisconnected = contextOf(this.#actor.state()).regions.connection === 'disconnected';
    return new DriverSeat(seat, isDisconnected ? 'disconnected' : 'open');
  }

  #listen(): void {
    const { services, type } = this.#o;
    const { watch, messages, streams } = services;
    const publishWhenBack = (state: { readonly ok: boolean }): void => {
      if (state.ok) this.#announcements.again();
    };
    this.#unsubscribe.push(
      ...openDoors({
        hosting: this.#o,
        id: this.id,
        actor: this.#actor,
        seq: () => this.#o.activation.ledger.seq,
        dialect: type.program?.dialect ?? null,
        ending: () => this.#ending,
        grantJog: jogId => this.#driver.grantJog?.(jogId),
        listenToWire: () => this.#wire.listen(),
      }),
      watch.subscribe(state => this.#databaseIs(state)),
      messages.onState(publishWhenBack),
      // What was said while the store kept nothing must be there for who comes later.
      streams.subscribe(publishWhenBack),
    );
    if (!watch.state.ok) this.#databaseIs(watch.state);
  }

  #event(source: 'device' | 'stop' | 'system', event: RecordedEffect): void {
    const lane = source === 'stop' ? 'safety' : 'report';
    this.#actor.post(lane, { kind: 'event', source, event: { ...event, at: this.#o.services.clock.now() } });
  }

  #report(report: Report): void {
    this.#stopWatch.report(report);
    if (this.#withheld) this.#withheld.push(report);
    else this.#event('device', { ...report });
  }

  /** A stop that was latched before this life, whose state could not be taken over: it stays latched until a person releases it. */
  keepLatch(press: Pick<LanePress, 'stopId' | 'by' | 'byName'>): void {
    this.#pressed({ ...press, pass: 'valid' }, false);
  }

  #pressed({ stopId, by, byName, pass }: Pick<LanePress, 'stopId' | 'by' | 'byName' | 'pass'>, written: boolean): void {
    this.#event('stop', { type: 'stop.pressed', stopId, by, byName, written, pass });
  }

  #perform(recorded: RecordedEffect): void {
    const effect = recorded as unknown as Effect;
    switch (effect.type) {
      case 'timer.start':
      case 'timer.cancel':
        // The runtime's own: kept with the turn, never handed on.
        return;
      case 'job.tell':
        this.#o.jobs.tell(effect.job, effect.event);
        return;
      case 'link.open':
        this.#driver.open();
        return;
      case 'link.close':
        this.#driver.release();
        return;
      default:
        this.#driver.perform(effect satisfies DeviceEffect);
    }
  }

  #committed({ entry, kept, status }: Committed<EquipmentStatus>): void {
    if (kept === 'journal') this.#o.services.events.notify(entry.actorId, entry.seq, entry);
    this.#o.services.surroundings.committed(this.id, entry, status);
    this.#announcements.status(status);
  }

  #databaseIs({ ok, cause }: DatabaseState): void {
    if (ok) this.#actor.post('report', { kind: 'recover' });
    const message = `The database does not answer (${cause}): only Hold, End job and Stop are taken.`;
    this.#event('system', ok ? { type: 'service.restored', code: 'database' } : { type: 'service.degraded', code: 'database', message });
  }
}

function typeOf(effect: unknown): unknown {
  return typeof effect === 'object' && effect !== null && 'type' in effect ? effect.type : undefined;
}

const noConnection = 'There is no open connection to the machine.';
const noOwner = 'This node may not write to the machine now: use the hardware stop.';

/** A job as the last status before a new beginning names it, with how its run stood then. */
export interface LastJob {
  readonly job: string;
  readonly run: (Progress & { readonly result: string }) | null;
}
