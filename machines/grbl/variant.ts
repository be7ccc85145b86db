import type { Capability } from '../../statecharts/equipment/reports.ts';
import type { ProfileName } from '../../statecharts/profiles/profile.ts';
import type { Refusal } from '../refusal.ts';
import type { Facts } from './identify.ts';

/** What one kind of machine with a GRBL controller has of its own. */
export interface Variant {
  readonly profile: ProfileName;
  readonly laser: Capability;
  /** A `$` setting without which the controller does not fit the machine; nothing is set in motion then. */
  readonly needs: (Refusal & { readonly setting: number; readonly value: number }) | null;
}

/** A mill or router. */
export const mill: Variant = { profile: 'motion', laser: { name: 'laser', absent: 'This equipment type is a mill.' }, needs: null };

/**
 * A laser. Without laser mode S is the speed of a spindle, which a feed hold leaves on: the beam would burn on one spot (config.h,
 * DISABLE_LASER_DURING_HOLD, acts with `$32=1` only).
 */
export const laser: Variant = {
  profile: 'laser',
  laser: { name: 'laser' },
  needs: {
    setting: 32,
    value: 1,
    code: 'laser-mode-off',
    text: 'The controller is not in laser mode ($32=0), so a hold would leave the beam on. Set $32=1 in the controller and connect it again.',
  },
};

/** Why this controller cannot be the machine that it is configured as; null when it fits or has not told its settings yet. */
export function misfit(facts: Facts, { needs }: Variant): Refusal | null {
  if (needs === null || Object.keys(facts.settings).length === 0) return null;
  return facts.settings[needs.setting] === needs.value ? null : { code: needs.code, text: needs.text };
}
