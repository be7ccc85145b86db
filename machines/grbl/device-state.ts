import type { DeviceCondition, Report } from '../../statecharts/equipment/reports.ts';
import type { DeviceTelemetry } from '../driver.ts';
import { alarmMeaning } from './codes.ts';
import { activeSystem, capabilitiesOf, envelopeOf, type Facts, identityOf, learn, noFacts, reportUnit, workOffsets } from './identify.ts';
import type { Message } from './parse.ts';
import type { StatusLine } from './parse-status.ts';
import { type DeviceView, mergeStatus } from './status.ts';

/** What the controller said, gathered; it writes nothing and decides nothing. */
export class DeviceState {
  readonly #report: (report: Report) => void;
  #facts: Facts = noFacts;
  #view: DeviceView | null = null;
  #condition: DeviceCondition | null = null;
  #deaf = false;
  #lines = 0;
  #errors = 0;

  constructor(report: (report: Report) => void) {
    this.#report = report;
  }

  get facts(): Facts {
    return this.#facts;
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
  }

  /** The link is gone: what was seen is no longer true. What the controller is stays known for comparison. */
  linkLost(): void {
    this.#view = null;
    this.#condition = null;
    this.#deaf = false;
  }

  /** Before identifying anew: nothing of another controller may linger. */
  forgetFacts(): void {
    this.#facts = { ...noFacts, firmware: this.#facts.firmware };
  }

  /** A simulator says so in its stored text; one that is configured as such is believed too. */
  identified(configured: boolean): Report {
    return {
      type: 'device.identified',
      firmware: this.#facts.firmware,
      version: this.#facts.version ?? 'unknown',
      identity: identityOf(this.#facts),
      capabilities: capabilitiesOf(this.#facts),
      envelope: envelopeOf(this.#facts),
      simulated: configured || /simulat/i.test(this.#facts.info),
    };
  }

  offsets(): Report {
    return { type: 'device.offsets', offsets: workOffsets(this.#facts) };
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
