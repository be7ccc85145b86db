import type { Report } from '../../statecharts/equipment/reports.ts';
import type { DriverClock } from '../driver.ts';
import { Deadline } from '../links/deadline.ts';
import { acknowledged, exceptionText } from './codes.ts';
import { writeCoil } from './encode.ts';
import type { Outcome, Requests } from './requests.ts';
import type { ModbusSwitchSettings } from './settings.ts';

export interface SwitchingPorts {
  readonly settings: ModbusSwitchSettings;
  readonly clock: DriverClock;
  readonly requests: Requests;
  report(report: Report): void;
  /** Reads the coil as soon as what was written is answered. */
  read(): void;
}

type Effect = 'device.switch' | 'device.abort';

/** One wish for the contact, until it reads back so. */
interface Order {
  readonly on: boolean;
  /** Effects that wait to be told. */
  readonly effects: Set<Effect>;
  /** The stop key or an abort: it is followed up until the contact is read back as off. */
  readonly stop: boolean;
  answer: Outcome | null;
  /** The time to confirm has passed, and those who wait were told. */
  overdue: boolean;
}

/** `off` that reads back as on is written again after this, ms; `on` never is. */
const repeatMs = 500;

/**
 * What is wanted of the contact. The echo of a write is no more than a receipt: an order ends when a reading that was asked for after
 * its last write says so. `on` is written once, and only after a person cleared on this connection; `off` until it is so.
 */
export class Switching {
  readonly #ports: SwitchingPorts;
  readonly #limit: Deadline;
  #order: Order | null = null;
  #writes = 0;
  #writtenAt = 0;
  /** No `on` before a clear: a connection is new, or a stop was pressed since. */
  #barred = true;
  /** A stop was asked for and not confirmed when the link broke. */
  #owed = false;
  #mayComeOn = false;

  constructor(ports: SwitchingPorts) {
    this.#ports = ports;
    this.#limit = new Deadline(ports.clock);
  }

  /** Somebody waits for the contact to change. */
  get active(): boolean {
    return this.#order !== null && !this.#order.overdue;
  }

  /** A stop is not yet read back. */
  get stopping(): boolean {
    return this.#owed || this.#order?.stop === true;
  }

  /** `on` was asked for, and no reading has said since what became of it, also when nobody waits for that any more. */
  get mayComeOn(): boolean {
    return this.#mayComeOn;
  }

  /** Writes so far: a reading counts for the order when none has gone out since it was asked for. */
  get writes(): number {
    return this.#writes;
  }

  /** Connected: what is owed goes out before anything else; `withheld` while it is not known that this is the right relay. */
  opened(withheld: boolean): void {
    this.#barred = true;
    if (this.#owed && !withheld) this.#beginStop([]);
  }

  /** It is the right relay. */
  identified(): void {
    if (this.#owed && !this.#order) this.#beginStop([]);
  }

  /** A person has cleared the switch. */
  cleared(): void {
    this.#barred = false;
  }

  on(): void {
    if (this.#barred || this.stopping) {
      this.#tell('device.switch', 'not-cleared', 'The switch was stopped or connected anew, and nobody has cleared it since.');
      return;
    }
    this.#begin({ on: true, effects: new Set<Effect>(['device.switch']), stop: false, answer: null, overdue: false });
    this.#writes += 1;
    this.#mayComeOn = true;
    const order = this.#order;
    this.#ports.requests.ask(this.#coil(true), outcome => this.#answered(order, outcome));
    this.#ports.read();
  }

  off(): void {
    if (this.#order?.stop) {
      this.#order.effects.add('device.switch');
      return;
    }
    this.#begin({ on: false, effects: new Set<Effect>(['device.switch']), stop: false, answer: null, overdue: false });
    this.#writeOff();
  }

  /** The effect of a stop or of ABORT: joins a stop under way, else begins one. */
  abort(): void {
    if (this.#order?.stop && !this.#order.overdue) {
      this.#order.effects.add('device.abort');
      return;
    }
    this.#barred = true;
    this.#beginStop(['device.abort']);
  }

  /** Writes `off` before it returns, each time; false when it is not with the operating system. */
  stop(): boolean {
    this.#barred = true;
    if (this.#order?.stop && !this.#order.overdue) return this.#writeOff();
    return this.#beginStop([]);
  }

  /** There is no relay to stop: `off` is the first that is written when there is one again. */
  owe(): void {
    this.#barred = true;
    this.#owed = true;
  }

  /** Nobody will be here to switch it off. */
  leave(): void {
    this.#cancel();
    this.#writes += 1;
    this.#ports.requests.urgent(this.#coil(false), () => undefined);
  }

  /** A reading that was asked for after the last write. What follows the report of the reading when an order has ended, else null. */
  seen(on: boolean): readonly Report[] | null {
    const order = this.#order;
    // The contact follows its coil a while later: while `on` is waited for, a reading as off settles nothing.
    if (on || !order?.on) this.#mayComeOn = false;
    if (order && order.on !== on) this.#notYet(order);
    if (!order || order.on !== on) return null;
    this.#cancel();
    this.#owed &&= !order.stop;
    return order.stop ? [{ type: 'device.aborted' }] : [];
  }

  linkLost(): void {
    const order = this.#order;
    if (!order) return;
    this.#cancel();
    if (order.stop) this.owe();
    for (const effect of order.effects) this.#tell(effect, 'no-link', 'The link broke before the contact was read back.');
  }

  close(): void {
    this.#cancel();
  }

  #beginStop(effects: readonly Effect[]): boolean {
    this.#owed = true;
    const before = this.#order?.stop ? [...this.#order.effects] : [];
    this.#begin({ on: false, effects: new Set([...before, ...effects]), stop: true, answer: null, overdue: false });
    return this.#writeOff();
  }

  #notYet(order: Order): void {
    if (!order.on && this.#ports.clock.monotonic() - this.#writtenAt >= repeatMs) this.#writeOff();
  }

  #begin(order: Order): void {
    this.#cancel();
    this.#order = order;
    const { answerWithinMs, settleMs } = this.#ports.settings;
    this.#limit.start(answerWithinMs + settleMs, () => this.#late(order));
  }

  /** Past everything under way, and with it goes what waits: an `on` among it is never written. */
  #writeOff(): boolean {
    const order = this.#order;
    this.#writes += 1;
    this.#writtenAt = this.#ports.clock.monotonic();
    const written = this.#ports.requests.urgent(this.#coil(false), outcome => this.#answered(order, outcome));
    this.#ports.read();
    return written;
  }

  #answered(order: Order | null, outcome: Outcome): void {
    if (order === null || this.#order !== order || outcome.kind === 'lost') return;
    order.answer = outcome;
    const refused = outcome.kind === 'exception' && outcome.code !== acknowledged;
    if (order.on && refused) this.#fail(order);
    else if (!order.on && outcome.kind === 'no-answer') this.#writeOff();
  }

  #late(order: Order): void {
    if (!order.stop) {
      this.#fail(order);
      return;
    }
    order.overdue = true;
    this.#tellAll(order);
    order.effects.clear();
  }

  #fail(order: Order): void {
    this.#cancel();
    // It may still wait behind a slow reading.
    if (order.on) this.#ports.requests.takeBack();
    this.#tellAll(order);
  }

  #tellAll(order: Order): void {
    const { code, text } = failureOf(order);
    for (const effect of order.effects) this.#tell(effect, code, text);
  }

  #cancel(): void {
    this.#order = null;
    this.#limit.cancel();
  }

  #coil(on: boolean): Uint8Array {
    const { coil, activeLow } = this.#ports.settings;
    return writeCoil(coil, on !== activeLow);
  }

  #tell(effect: Effect, code: string, text: string): void {
    this.#ports.report({ type: 'effect.failed', effect, code, text });
  }
}

/** Why the contact is not as it was wanted, as far as the relay has said. */
function failureOf({ on, answer }: Order): { readonly code: string; readonly text: string } {
  const way = on ? 'on' : 'off';
  const help = on ? '' : ' Switch it off at the machine.';
  switch (answer?.kind) {
    case 'exception':
      return { code: `modbus-exception-${answer.code}`, text: `The relay did not switch ${way}: ${exceptionText(answer.code)}.${help}` };
    case 'written':
      return { code: 'contact-stuck', text: `The relay took the command, but its contact does not read back as ${way}.${help}` };
    default:
      return { code: 'no-answer', text: `The relay has not answered, and its contact was not read back as ${way}.${help}` };
  }
}
