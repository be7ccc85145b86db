import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';
import type { Report } from '../../statecharts/equipment/reports.ts';
import type { Driver, DriverContext, Link, LinkListener } from '../driver.ts';
import { Deadline } from '../links/deadline.ts';
import { Clearing } from './clear.ts';
import { exceptionText } from './codes.ts';
import { readCoil } from './encode.ts';
import { askIdentification, type Introduction, nameOf } from './identify.ts';
import { type Outcome, Requests } from './requests.ts';
import type { ModbusSwitchSettings } from './settings.ts';
import { Switching } from './switching.ts';

type Context = DriverContext<ModbusSwitchSettings>;
type OpenLink = (listener: LinkListener) => Link;

/** Readings at rest, and while somebody waits for one, ms. */
const pollMs = 200;
const hurriedPollMs = 50;
const nameless = 'a relay that does not say who it is';

/** Opens a driver of one coil over the link that `openLink` makes. Never throws; everything that happens is a report. */
export function openModbusSwitch(context: Context, openLink: OpenLink): Driver {
  return new ModbusSwitchDriver(context, openLink);
}

class ModbusSwitchDriver implements Driver {
  readonly #context: Context;
  readonly #link: Link;
  readonly #requests: Requests;
  readonly #switching: Switching;
  readonly #clearing: Clearing;
  readonly #next: Deadline;
  #phase: 'offline' | 'asking' | 'reading' | 'synced' = 'offline';
  /** As the relay said it itself, the first time. */
  #known: string | null = null;
  /** Another relay answered last: it is neither read nor written. */
  #foreign = false;
  #heardAt = 0;
  #silent = false;
  /** What was reported last; null when that may not be so any more. */
  #said: boolean | null = null;
  /** Why the coil could not be read, last. */
  #trouble: string | null = null;
  #closing: Promise<void> | null = null;

  constructor(context: Context, openLink: OpenLink) {
    this.#context = context;
    const { settings, clock } = context;
    this.#link = openLink({
      opened: () => this.#opened(),
      data: bytes => this.#requests.received(bytes),
      lost: reason => this.#lost(reason),
    });
    const { unit, answerWithinMs, settleMs } = settings;
    this.#requests = new Requests({ link: this.#link, clock, unit, answerWithinMs, wire: line => context.wire(line) });
    const ports = { clock, report: (report: Report) => this.#report(report), read: () => this.#read() };
    this.#switching = new Switching({ ...ports, settings, requests: this.#requests });
    this.#clearing = new Clearing({ ...ports, withinMs: answerWithinMs + settleMs });
    this.#next = new Deadline(clock);
  }

  perform(effect: DeviceEffect): void {
    switch (effect.type) {
      case 'device.switch':
      case 'device.abort':
        this.#switch(effect);
        break;
      case 'device.clear':
        this.#clear();
        break;
      default:
        this.#failed(effect.type, 'unsupported', 'A switch has nothing to do for this.');
        break;
    }
  }

  stop(): boolean {
    this.#clearing.fail('stopping', 'A stop came between.');
    if (this.#isReachable) return this.#switching.stop();
    this.#switching.owe();
    return false;
  }

  close(why?: 'given-free'): Promise<void> {
    this.#closing ??= this.#close(why);
    return this.#closing;
  }

  async #close(why: 'given-free' | undefined): Promise<void> {
    if (this.#isReachable && this.#mustBeOff(why)) this.#switching.leave();
    this.#next.cancel();
    this.#switching.close();
    this.#clearing.seen();
    this.#requests.flush();
    await this.#link.close();
  }

  /** Before it is left. An `on` that nobody has read back is one that nobody knows of: no setting leaves it to itself. */
  #mustBeOff(why: 'given-free' | undefined): boolean {
    if (this.#switching.mayComeOn) return true;
    const mayBeOn = this.#said !== false || this.#switching.active;
    return mayBeOn && (why === 'given-free' || this.#context.settings.whenLeft === 'off');
  }

  #switch(effect: Extract<DeviceEffect, { readonly type: 'device.switch' | 'device.abort' }>): void {
    const aborts = effect.type === 'device.abort';
    if (aborts) this.#clearing.fail('stopping', 'A stop came between.');
    if (!this.#isReachable) {
      if (aborts) this.#switching.owe();
      this.#failed(effect.type, 'no-link', 'There is no link to the relay.');
    } else if (aborts) this.#switching.abort();
    else if (!effect.on) this.#switching.off();
    else if (this.#phase === 'synced') this.#switching.on();
    else this.#failed(effect.type, 'not-read', 'The relay has not been read since it was connected.');
  }

  #clear(): void {
    if (!this.#isReachable || this.#phase !== 'synced') this.#failed('device.clear', 'no-link', 'There is no relay to read.');
    else if (this.#switching.stopping)
      this.#failed('device.clear', 'stopping', 'The contact has not been read back as off since the stop.');
    else this.#clearing.start();
  }

  get #isReachable(): boolean {
    return this.#phase !== 'offline' && !this.#foreign;
  }

  #opened(): void {
    this.#requests.flush();
    this.#phase = 'asking';
    this.#said = null;
    this.#silent = false;
    this.#trouble = null;
    this.#heardAt = this.#context.clock.monotonic();
    this.#report({ type: 'link.up' });
    this.#switching.opened(this.#foreign);
    this.#tick();
  }

  #lost(reason: string): void {
    this.#phase = 'offline';
    this.#next.cancel();
    this.#requests.flush();
    this.#switching.linkLost();
    this.#clearing.fail('no-link', 'The link broke while the contact was read.');
    this.#said = null;
    this.#report({ type: 'link.lost', reason });
  }

  /** Asks what is to be asked now, and looks whether anybody answers. */
  #tick(): void {
    const hurried = this.#switching.active || this.#clearing.active;
    this.#next.start(hurried ? hurriedPollMs : pollMs, () => this.#tick());
    this.#lookForSilence();
    if (this.#requests.busy) return;
    if (this.#phase === 'asking') askIdentification(this.#requests, said => this.#introduced(said));
    else this.#read();
  }

  #lookForSilence(): void {
    const ms = this.#context.clock.monotonic() - this.#heardAt;
    const { silentAfterMs } = this.#context.settings;
    if (ms >= silentAfterMs && !this.#silent && this.#phase === 'synced') {
      this.#silent = true;
      this.#said = null;
      this.#report({ type: 'link.silent', ms: Math.round(ms) });
    }
    if (ms < 2 * silentAfterMs) return;
    // What it has not taken by now must not reach it when the cable is plugged in again.
    this.#next.cancel();
    const why = this.#trouble === null ? `did not answer for ${Math.round(ms)} ms` : `does not let its coil be read: ${this.#trouble}`;
    this.#link.giveUp(`The relay ${why}.`);
  }

  /** A relay that was known by its own words must say them again; one that never said any is known by its address. */
  #introduced(said: Introduction): void {
    if (this.#phase !== 'asking' || (said === 'no-answer' && this.#known !== null)) return;
    const { settings } = this.#context;
    const isSaid = typeof said === 'object';
    const name = isSaid ? nameOf(said) : this.#nameOfSilent();
    const expected = this.#known ?? settings.identity ?? name;
    if (name !== expected) {
      this.#foreign = true;
      this.#next.cancel();
      this.#report({ type: 'device.identity.changed', expected, found: name });
      return;
    }
    this.#foreign = false;
    if (isSaid) this.#known = name;
    this.#phase = 'reading';
    const firmware = isSaid ? [said.vendor, said.product].join(' ').trim() : '';
    this.#report({
      type: 'device.identified',
      firmware: firmware === '' ? 'Modbus relay' : firmware,
      version: isSaid ? said.revision : '',
      identity: name,
      capabilities: [{ name: 'switch' }],
      envelope: null,
      simulated: settings.simulated || /simulat/i.test(name),
    });
    this.#switching.identified();
    this.#read();
  }

  #nameOfSilent(): string {
    const { host, port, unit, identity } = this.#context.settings;
    return this.#known === null ? (identity ?? `${host}:${port} unit ${unit}`) : nameless;
  }

  #read(): void {
    const { writes } = this.#switching;
    const since = this.#clearing.active;
    this.#requests.ask(readCoil(this.#context.settings.coil), outcome => this.#answered(outcome, { writes, since }));
  }

  #answered(outcome: Outcome, asked: { readonly writes: number; readonly since: boolean }): void {
    if (outcome.kind === 'lost') return;
    if (outcome.kind === 'exception') this.#trouble = exceptionText(outcome.code);
    this.#context.telemetry({ link: this.#requests.counts });
    // A stop may be under way before it is known who answers: what is read then says nothing of the right relay.
    if (outcome.kind !== 'coil' || this.#phase === 'asking') return;
    this.#heardAt = this.#context.clock.monotonic();
    this.#trouble = null;
    if (asked.writes !== this.#switching.writes) return;
    this.#seen(outcome.level !== this.#context.settings.activeLow, asked.since);
  }

  /** The contact, read after everything that was written. */
  #seen(on: boolean, sinceClear: boolean): void {
    if (this.#phase === 'reading') {
      this.#phase = 'synced';
      this.#report({ type: 'device.synced', condition: 'idle', homed: false, heldByUs: false });
    } else if (this.#silent) this.#report({ type: 'link.answering' });
    this.#silent = false;
    const ended = this.#switching.seen(on);
    const cleared = sinceClear && this.#clearing.seen();
    if (on !== this.#said || ended !== null || cleared) this.#report({ type: 'device.output', on });
    this.#said = on;
    for (const report of ended ?? []) this.#report(report);
    if (!cleared) return;
    this.#switching.cleared();
    this.#report({ type: 'device.cleared' });
  }

  #failed(effect: DeviceEffect['type'], code: string, text: string): void {
    this.#report({ type: 'effect.failed', effect, code, text });
  }

  #report(report: Report): void {
    this.#context.report(report);
  }
}
