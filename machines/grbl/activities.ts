import type { DeviceEffect } from '../../statecharts/equipment/effects.ts';
import type { DriverContext } from '../driver.ts';
import type { Activity, Core, EndCause, StartConditions } from './core.ts';
import { Homing } from './home.ts';
import { Jogger } from './jog.ts';
import { TypedLine } from './mdi.ts';
import { Overrider } from './override.ts';
import type { DeviceView } from './status.ts';
import { Streamer } from './streamer.ts';

/** Effects that are not a realtime byte or a sequence of them. */
type LineEffect = Exclude<
  DeviceEffect,
  { readonly type: 'device.hold' | 'device.resume' | 'device.stop' | 'device.abort' | 'device.clear' }
>;

/** Everything that can be under way at one machine; of those that move it at most one at a time. */
export class Activities {
  readonly streamer: Streamer;
  readonly jogger: Jogger;
  readonly homing: Homing;
  readonly typed: TypedLine;
  readonly overrider: Overrider;

  constructor(core: Core, conditions: StartConditions) {
    this.streamer = new Streamer(core, conditions);
    this.jogger = new Jogger(core);
    this.homing = new Homing(core, conditions);
    this.typed = new TypedLine(core, conditions);
    this.overrider = new Overrider(core);
  }

  /** True while something moves the machine or may. */
  get busy(): boolean {
    return this.#moving().some(activity => activity.active);
  }

  begin(effect: LineEffect, places: Pick<DriverContext<unknown>, 'directory' | 'programPath' | 'takeOver'>): void {
    switch (effect.type) {
      case 'device.home':
        this.homing.start();
        break;
      case 'device.jog':
        this.jogger.start(effect.jog);
        break;
      case 'device.jog.cancel':
        this.jogger.cancel('released');
        break;
      case 'device.mdi':
        this.typed.start(effect.line);
        break;
      case 'device.override':
        this.overrider.start(effect.override);
        break;
      case 'device.program.run':
        this.streamer.start({
          ...effect,
          continued: effect.job === places.takeOver?.from.job,
          path: places.programPath(effect.hash),
          directory: places.directory,
        });
        break;
      case 'device.program.finish':
        this.streamer.finish();
        break;
    }
  }

  status(view: DeviceView): void {
    for (const activity of [...this.#moving(), this.overrider]) if (activity.active) activity.status(view);
  }

  /** Ends all; `text` says why in words where an outcome carries them. */
  end(cause: EndCause, text = ''): void {
    this.streamer.end(cause, text);
    for (const activity of [this.jogger, this.homing, this.typed, this.overrider]) activity.end(cause);
  }

  #moving(): readonly Activity[] {
    return [this.streamer, this.jogger, this.homing, this.typed];
  }
}
