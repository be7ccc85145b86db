/** A stretch of constant acceleration. Seconds, mm/s, mm/s². */
export interface Phase {
  readonly seconds: number;
  readonly acceleration: number;
  readonly endSpeed: number;
  /** True when the block has been run to its end with this phase. */
  readonly endsBlock: boolean;
}

export interface Stretch {
  readonly distance: number;
  readonly speed: number;
  readonly acceleration: number;
}

/** Slows down as hard as allowed: to a stand, or to whatever speed is left where the block ends. */
export function brake({ distance, speed, acceleration }: Stretch): Phase[] {
  const needed = (speed * speed) / (2 * acceleration);
  if (needed <= distance) return [{ seconds: speed / acceleration, acceleration: -acceleration, endSpeed: 0, endsBlock: false }];
  const endSpeed = Math.sqrt(Math.max(0, speed * speed - 2 * acceleration * distance));
  return [{ seconds: (speed - endSpeed) / acceleration, acceleration: -acceleration, endSpeed, endsBlock: true }];
}

/** Speeds up towards `top`, cruises, and leaves the block with `exit`; harder braking than allowed only when nothing else fits. */
export function trapezoid(stretch: Stretch & { readonly top: number; readonly exit: number }): Phase[] {
  const { distance, speed, acceleration, top } = stretch;
  const exit = Math.min(stretch.exit, Math.sqrt(speed * speed + 2 * acceleration * distance));
  if (speed * speed - exit * exit >= 2 * acceleration * distance) return [direct(distance, speed, exit)];
  const peak = Math.min(top, Math.sqrt((2 * acceleration * distance + speed * speed + exit * exit) / 2));
  const first = ramp(speed, peak, acceleration);
  const last = ramp(peak, exit, acceleration);
  const cruise = Math.max(0, distance - rampLength(speed, peak, acceleration) - rampLength(peak, exit, acceleration));
  const middle: Phase = { seconds: cruise / peak, acceleration: 0, endSpeed: peak, endsBlock: false };
  return [first, middle, { ...last, endsBlock: true }];
}

function direct(distance: number, speed: number, exit: number): Phase {
  const seconds = distance === 0 ? 0 : (2 * distance) / (speed + exit);
  return { seconds, acceleration: seconds === 0 ? 0 : (exit - speed) / seconds, endSpeed: exit, endsBlock: true };
}

function ramp(from: number, to: number, acceleration: number): Phase {
  const seconds = Math.abs(to - from) / acceleration;
  return { seconds, acceleration: to < from ? -acceleration : acceleration, endSpeed: to, endsBlock: false };
}

function rampLength(from: number, to: number, acceleration: number): number {
  return Math.abs(to * to - from * from) / (2 * acceleration);
}
