import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { addAxes, origin } from '../../gcode/axes.ts';

/** What the g-code parser remembers from line to line. Lengths mm, feed mm/min (or 1/min under G93). */
export interface Modal {
  motion: number;
  plane: 17 | 18 | 19;
  units: 20 | 21;
  distance: 90 | 91;
  feedMode: 93 | 94;
  system: number;
  spindle: 3 | 4 | 5;
  flood: boolean;
  mist: boolean;
  tool: number;
  feed: number;
  speed: number;
  toolLength: number;
  g92: Axes;
}

/** The modes after every start and reset. */
export function initialModal(): Modal {
  return {
    motion: 0,
    plane: 17,
    units: 21,
    distance: 90,
    feedMode: 94,
    system: 54,
    spindle: 5,
    flood: false,
    mist: false,
    tool: 0,
    feed: 0,
    speed: 0,
    toolLength: 0,
    g92: origin,
  };
}

/** What `$#` prints and EEPROM keeps: G54 to G59, G28, G30; and the last probing. */
export interface Parameters {
  readonly systems: Map<number, Axes>;
  probe: { readonly at: Axes; readonly touched: boolean };
}

/** Work zero of the demo mill in G54: inside the travel with room for the example and for parts drawn below their zero. */
export const demoWorkZero: Axes = { x: -600, y: -300, z: -80 };

/** A fresh EEPROM, with the G54 of the demo mill. */
export function defaultParameters(): Parameters {
  const names = [54, 55, 56, 57, 58, 59, 28, 30];
  const systems = new Map(names.map(name => [name, name === 54 ? demoWorkZero : origin]));
  return { systems, probe: { at: origin, touched: false } };
}

/** MPos - WPos. */
export function workOffset(modal: Modal, parameters: Parameters): Axes {
  const system = parameters.systems.get(modal.system) ?? origin;
  return addAxes(addAxes(system, modal.g92), { x: 0, y: 0, z: modal.toolLength });
}
