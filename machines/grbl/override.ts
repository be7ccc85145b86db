import type { CommandArgs } from '../../statecharts/equipment/commands.ts';
import { Deadline } from '../links/deadline.ts';
import type { Activity, Core, EndCause } from './core.ts';
import type { RealtimeName } from './encode.ts';
import type { DeviceView } from './status.ts';

type Override = CommandArgs<'OVERRIDE'>;

/** GRBL keeps pending override steps as flags, so that two equal bytes at once count as one (protocol.c): step, look, step. */
const settleMs = 25;
const patienceMs = 3000;

/** Brings one override to a percentage by single realtime steps, each checked against what the device reports. */
export class Overrider implements Activity {
  readonly #core: Core;
  readonly #pause: Deadline;
  #wanted: Override | null = null;
  #looking = false;
  #until = 0;
  /** The report the last step was decided on; a report without `Ov` repeats it and proves nothing. */
  #decidedOn: DeviceView['overrides'] = null;

  constructor(core: Core) {
    this.#core = core;
    this.#pause = new Deadline(core.clock);
  }

  get active(): boolean {
    return this.#wanted !== null;
  }

  start(override: Override): void {
    this.#wanted = override;
    this.#until = this.#core.clock.monotonic() + patienceMs;
    this.#step(this.#core.view());
  }

  status(view: DeviceView): void {
    if (!this.#wanted || !this.#looking) return;
    if (this.#core.clock.monotonic() > this.#until) {
      this.#fail();
      return;
    }
    if (view.overrides === this.#decidedOn) this.#lookAgain();
    else this.#step(view);
  }

  end(cause: EndCause): void {
    this.#pause.cancel();
    if (this.#wanted && cause !== 'closed') this.#fail();
    this.#wanted = null;
  }

  #step(view: DeviceView | null): void {
    if (!this.#wanted) return;
    const byte = nextStep(this.#wanted, view);
    if (byte === null) {
      this.#wanted = null;
      return;
    }
    this.#decidedOn = view?.overrides ?? null;
    if (this.#core.channel.realtime(byte)) this.#lookAgain();
    else this.#fail();
  }

  #lookAgain(): void {
    this.#looking = false;
    this.#pause.start(settleMs, () => {
      this.#looking = true;
      this.#core.poll();
    });
  }

  #fail(): void {
    this.#wanted = null;
    this.#core.report({
      type: 'effect.failed',
      effect: 'device.override',
      code: 'override-not-confirmed',
      text: 'The controller did not report the override that was asked for.',
    });
  }
}

const steps = {
  feed: { reset: 'feed100', plus10: 'feedPlus10', minus10: 'feedMinus10', plus1: 'feedPlus1', minus1: 'feedMinus1' },
  spindle: { reset: 'spindle100', plus10: 'spindlePlus10', minus10: 'spindleMinus10', plus1: 'spindlePlus1', minus1: 'spindleMinus1' },
} as const;

/** The byte that brings the reported value nearer to the wanted one; null when it is there. */
export function nextStep(wanted: Override, view: Pick<DeviceView, 'overrides'> | null): RealtimeName | null {
  const now = view?.overrides?.[wanted.kind] ?? null;
  if (wanted.kind === 'rapid') return rapidStep(wanted.percent, now);
  const step = steps[wanted.kind];
  if (now === null || (wanted.percent === 100 && now !== 100)) return step.reset;
  const gap = wanted.percent - now;
  if (gap === 0) return null;
  if (Math.abs(gap) >= 10) return gap > 0 ? step.plus10 : step.minus10;
  return gap > 0 ? step.plus1 : step.minus1;
}

/** Rapids know 25, 50 and 100 %; anything else is taken down to the next of these. */
function rapidStep(percent: number, now: number | null): RealtimeName | null {
  const target = percent >= 100 ? 100 : percent >= 50 ? 50 : 25;
  if (now === target) return null;
  return ({ 100: 'rapid100', 50: 'rapid50', 25: 'rapid25' } as const)[target];
}
