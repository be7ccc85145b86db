import type { Axes } from '../../../statecharts/equipment/reports.ts';
import { addAxes, axisNames, lengthOf, mapAxes, subtractAxes } from '../../gcode/axes.ts';
import { brake, type Phase, trapezoid } from './profile.ts';
import { type Settings, setting } from './settings.ts';

/** Blocks that fit in the planner; the ring of 16 always keeps one free. */
export const plannerBlocks = 15;

/** One straight line asked of the planner. `rate` in mm/min, null for as fast as the axes go. */
export interface Move {
  readonly target: Axes;
  readonly rate: number | null;
  /** S of a laser along this line; none in a rapid. */
  readonly power?: number;
}

interface Block {
  readonly start: Axes;
  readonly target: Axes;
  readonly unit: Axes;
  readonly length: number;
  /** mm/s, programmed; infinite for a rapid. */
  readonly programmed: number;
  /** mm/s, what the slowest axis allows in this direction. */
  readonly ceiling: number;
  /** mm/s² */
  readonly acceleration: number;
  /** mm/s, fastest passage of the corner at its start. */
  readonly corner: number;
  readonly power: number;
}

/**
 * The planner and the steppers behind it: a queue of straight blocks run with constant acceleration and look-ahead over the
 * queue, as doc `planner.c` describes. Distances mm, time in seconds of the machine (already scaled by the time factor).
 */
export class Motion {
  readonly #settings: Settings;
  #blocks: Block[] = [];
  #phases: Phase[] = [];
  #travelled = 0;
  #speed = 0;
  #braking = true;
  #rest: Axes;
  #feedPercent = 100;
  #rapidPercent = 100;
  /** Blocks run to their end since power-up. */
  finished = 0;

  constructor(settings: Settings, position: Axes) {
    this.#settings = settings;
    this.#rest = position;
  }

  get queued(): number {
    return this.#blocks.length;
  }

  /** mm/min along the path, now. */
  get rate(): number {
    return this.#speed * 60;
  }

  get moving(): boolean {
    return this.#speed > 0 || (!this.#braking && this.#blocks.length > 0);
  }

  /** S of the line that is run and which share of its feed the tool has reached; null when nothing is queued. */
  get running(): { readonly power: number; readonly share: number } | null {
    const block = this.#blocks[0];
    return block === undefined ? null : { power: block.power, share: Math.min(1, this.#speed / block.programmed) };
  }

  /** Where the tool is, machine coordinates. */
  get position(): Axes {
    const block = this.#blocks[0];
    return block === undefined ? this.#rest : along(block, this.#travelled);
  }

  /** Where the tool will be when the queue is empty. */
  get planned(): Axes {
    const last = this.#blocks.at(-1);
    return last?.target ?? this.#rest;
  }

  /** Queues one line; a line of no length is dropped, as the planner does. The caller has seen to the space. */
  add(move: Move): void {
    const start = this.planned;
    const delta = subtractAxes(move.target, start);
    const length = lengthOf(delta);
    if (length < 1e-6) return;
    const unit = mapAxes(axis => delta[axis] / length);
    const programmed = move.rate === null ? Number.POSITIVE_INFINITY : move.rate / 60;
    const acceleration = this.#axisLimit(unit, 120);
    const ceiling = this.#axisLimit(unit, 110) / 60;
    const corner = this.#corner(unit, acceleration);
    const power = move.power ?? 0;
    this.#blocks.push({ start, target: move.target, unit, length, programmed, ceiling, acceleration, corner, power });
    this.#plan();
  }

  /** Cycle start: runs what is queued. */
  run(): void {
    this.#braking = false;
    this.#plan();
  }

  /** Feed hold: slows down along the path; `moving` says when it stands. */
  brake(): void {
    this.#braking = true;
    this.#plan();
  }

  /** Steppers off at once and everything queued forgotten. */
  halt(): void {
    this.#rest = this.position;
    this.#blocks = [];
    this.#stand();
  }

  /** After homing or power-up: this is where the tool is from now on. */
  place(position: Axes): void {
    this.halt();
    this.#rest = position;
  }

  override(feedPercent: number, rapidPercent: number): void {
    this.#feedPercent = feedPercent;
    this.#rapidPercent = rapidPercent;
    this.#plan();
  }

  /** Seconds until a block ends or the tool stands; null when nothing moves. */
  untilEvent(): number | null {
    return this.#phases.length === 0 ? null : this.#phases.reduce((sum, phase) => sum + phase.seconds, 0);
  }

  /** Lets `seconds` pass. */
  advance(seconds: number): void {
    let left = seconds;
    while (this.#phases.length > 0 && left >= 0) {
      const phase = this.#phases[0] as Phase;
      const step = Math.min(left, phase.seconds);
      this.#travelled += this.#speed * step + (phase.acceleration * step * step) / 2;
      this.#speed = Math.max(0, this.#speed + phase.acceleration * step);
      if (left < phase.seconds) {
        this.#phases[0] = { ...phase, seconds: phase.seconds - step };
        return;
      }
      left -= step;
      this.#phases.shift();
      if (this.#phases.length === 0) this.#arrive(phase);
    }
  }

  #arrive(last: Phase): void {
    this.#speed = last.endSpeed;
    const block = this.#blocks[0];
    if (block === undefined) return;
    if (last.endsBlock) {
      this.#rest = block.target;
      this.#blocks.shift();
      this.#travelled = 0;
      this.finished += 1;
    }
    if (this.#blocks.length === 0) this.#stand();
    else this.#plan();
  }

  #stand(): void {
    this.#phases = [];
    this.#travelled = 0;
    this.#speed = 0;
    this.#braking = true;
  }

  #plan(): void {
    const block = this.#blocks[0];
    this.#phases = [];
    if (block === undefined || (this.#braking && this.#speed === 0)) return;
    const distance = Math.max(0, block.length - this.#travelled);
    this.#phases = this.#braking
      ? brake({ distance, speed: this.#speed, acceleration: block.acceleration })
      : trapezoid({ distance, speed: this.#speed, acceleration: block.acceleration, top: this.#top(block), exit: this.#exit() });
  }

  /** Speed at the end of the running block that still lets every queued block end at its own corner speed. */
  #exit(): number {
    let entry = 0;
    for (const block of this.#blocks.slice(1).reverse()) {
      const reachable = Math.sqrt(entry * entry + 2 * block.acceleration * block.length);
      entry = Math.min(reachable, block.corner, this.#top(block));
    }
    return entry;
  }

  #top(block: Block): number {
    const wanted =
      block.programmed === Number.POSITIVE_INFINITY
        ? (block.ceiling * this.#rapidPercent) / 100
        : (block.programmed * this.#feedPercent) / 100;
    return Math.min(wanted, block.ceiling);
  }

  #corner(unit: Axes, acceleration: number): number {
    const before = this.#blocks.at(-1);
    if (before === undefined) return 0;
    const cosine = -axisNames.reduce((sum, axis) => sum + before.unit[axis] * unit[axis], 0);
    if (cosine > 0.999999) return 0;
    const sineHalf = Math.sqrt(0.5 * (1 - Math.max(cosine, -0.999999)));
    return Math.sqrt((acceleration * setting(this.#settings, 11) * sineHalf) / (1 - sineHalf));
  }

  /** Largest value along `unit` that keeps every axis within its setting `first`, `first + 1`, `first + 2`. */
  #axisLimit(unit: Axes, first: number): number {
    const limits = axisNames.map((axis, i) => {
      const part = Math.abs(unit[axis]);
      return part < 1e-9 ? Number.POSITIVE_INFINITY : setting(this.#settings, first + i) / part;
    });
    return Math.min(...limits);
  }
}

function along(block: Block, distance: number): Axes {
  return addAxes(
    block.start,
    mapAxes(axis => block.unit[axis] * distance),
  );
}
