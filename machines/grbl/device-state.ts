import type { DeviceCondition, Report, WorkOffsets } from '../../statecharts/equipment/reports.ts';
import type { DeviceTelemetry } from '../driver.ts';
import type { Refusal } from '../refusal.ts';
import { alarmMeaning } from './codes.ts';
import {
  activeSystem,
  capabilitiesOf,
  envelopeOf,
  type Facts,
  identityOf,
  learn,
  modesChanged,
  noFacts,
  reportUnit,
  workOffsets,
} from './identify.ts';
import type { Message } from './parse.ts';
import type { StatusLine } from './parse-status.ts';
import { type DeviceView, mergeStatus } from './status.ts';
import { misfit, type Variant } from './variant.ts';

/** What the controller said, gathered; it writes nothing and decides nothing. */
export class DeviceState {
  readonly #report: (report: Report) => void;
  readonly #variant: Variant;
  #facts: Facts = noFacts;
  #view: DeviceView | null = null;
  #condition: DeviceCondition | null = null;
  #deaf = false;
  /** The controller has told its modes since they were last asked for. */
  #modesSaid = false;
  /** What was reported last, as text; null when nothing is or it no longer holds. */
  #modesReported: string | null = null;
  #offsetsReported: WorkOffsets = {};
  #lines = 0;
  #errors = 0;

  constructor(report: (report: Report) => void, variant: Variant) {
    this.#report = report;
    this.#variant = variant;
  }

  get facts(): Facts {
    return this.#facts;
  }

  /** Why this controller is not the machine that it is configured as. */
  get misfit(): Refusal | null {
    return misfit(this.#facts, this.#variant);
  }

  /** The spindle turns or the beam is on, as the controller last said: a typed line leaves it so at rest. */
  get turns(): boolean {
    const said = this.#view?.spindle ?? 0;
    return said > 0 || this.#facts.modes.some(mode => mode === 'M3' || mode === 'M4');
  }

  get view(): DeviceView | null {
    return this.#view;
  }

  /** True in an alarm after which the controller answers nothing but a reset. */
  get deaf(): boolean {
    return this.#deaf;
  }

  /** A line came; its meaning for facts is kept. */
  learn(message: Message): void {
    this.#lines += 1;
    if (message.kind === 'garbage') this.#errors += 1;
    if (message.kind === 'modes') this.#modesSaid = true;
    this.#facts = learn(this.#facts, message);
  }

  /** A reply to nothing: a byte was lost or invented on the way. */
  unexpected(): void {
    this.#errors += 1;
  }

  /** Takes a status report in; a changed condition is reported once `synced`. */
  status(line: StatusLine): DeviceView {
    this.#view = mergeStatus(this.#view, line, reportUnit(this.#facts));
    return this.#view;
  }

  /** Reports the condition when it differs from what was reported last. */
  announce(condition: DeviceCondition): void {
    if (condition === this.#condition) return;
    this.#condition = condition;
    this.#report({ type: 'device.condition', condition });
  }

  /** Takes the condition as known, because another report just said it. */
  announced(condition: DeviceCondition): void {
    this.#condition = condition;
  }

  /** An alarm line came: no status need follow it. Returns its words. */
  alarm(code: number): string {
    const meaning = alarmMeaning(code);
    this.#deaf = meaning.silent;
    if (this.#view) this.#view = { ...this.#view, condition: 'alarm', feed: 0 };
    this.#report({ type: 'device.alarm', code: `alarm-${code}`, text: meaning.text, positionLost: meaning.positionLost });
    return meaning.text;
  }

  /** The controller restarted. */
  restarted(): void {
    this.#deaf = false;
    this.#modesReported = null;
  }

  /** The link is gone: what was seen is no longer true. What the controller is stays known for comparison. */
  linkLost(): void {
    this.#view = null;
    this.#condition = null;
    this.#deaf = false;
    this.#modesReported = null;
  }

  /** Before identifying anew: nothing of another controller may linger. */
  forgetFacts(): void {
    this.#facts = { ...noFacts, firmware: this.#facts.firmware };
    this.#modesReported = null;
  }

  /** A simulator says so in its stored text; one that is configured as such is believed too. */
  identified(configured: boolean): Report {
    return {
      type: 'device.identified',
      firmware: this.#facts.firmware,
      version: this.#facts.version ?? 'unknown',
      identity: identityOf(this.#facts),
      capabilities: capabilitiesOf(this.#facts, this.#variant),
      envelope: envelopeOf(this.#facts),
      simulated: configured || /simulat/i.test(this.#facts.info),
    };
  }

  offsets(): Report {
    this.#offsetsReported = workOffsets(this.#facts);
    return { type: 'device.offsets', offsets: this.#offsetsReported };
  }

  /** Names of the offsets that are not as they were reported last. */
  movedOffsets(): readonly string[] {
    const now = workOffsets(this.#facts);
    return Object.keys(now).filter(name => JSON.stringify(now[name]) !== JSON.stringify(this.#offsetsReported[name]));
  }

  /** The modes are asked for now: only what is said from here on counts. */
  modesAsked(): void {
    this.#modesSaid = false;
  }

  /** The modes that programs are not checked for; null when the last question was not answered in full. */
  get modesChanged(): readonly string[] | null {
    return this.#modesSaid ? modesChanged(this.#facts, this.#variant) : null;
  }

  /** The report of the modes; null when it would say what was said already. */
  modes(): Report | null {
    const changed = this.modesChanged;
    const text = JSON.stringify(changed);
    if (text === this.#modesReported) return null;
    this.#modesReported = text;
    return { type: 'device.modes', changed };
  }

  telemetry(program: DeviceTelemetry['program']): DeviceTelemetry {
    const view = this.#view;
    return {
      machine: view?.machine ?? null,
      work: view?.work ?? null,
      system: activeSystem(this.#facts),
      feed: view?.feed ?? null,
      spindle: view?.spindle ?? null,
      overrides: view?.overrides ?? null,
      pins: [...(view?.pins ?? [])],
      program,
      link: { errors: this.#errors, lines: this.#lines },
    };
  }
}
