import type { HandOver } from '../driver.ts';
import type { Core } from './core.ts';
import { type Facts, identityOf } from './identify.ts';
import { Interview } from './interview.ts';
import type { Streamer } from './streamer.ts';
import type { Variant } from './variant.ts';

export interface DrainParts {
  readonly core: Core;
  readonly streamer: Streamer;
  readonly facts: () => Facts;
  readonly variant: Variant;
}

/**
 * Brings a run to where another owner can take it up: no more lines, every line sent answered, and then what `$G` says, which GRBL answers in
 * motion too. Null when nothing runs that could be handed over or something came between. Not a laser: until the next owner feeds on, a
 * beam that is on in M3 would burn on one spot.
 */
export function drain({ core, streamer, facts, variant }: DrainParts, done: (handOver: HandOver | null) => void): void {
  if (variant.needs !== null) {
    done(null);
    return;
  }
  streamer.drain(drained => {
    if (drained === null) {
      done(null);
      return;
    }
    new Interview(core).start(['$G'], complete => {
      const { order, acknowledged, total } = drained;
      const { modes } = facts();
      done(complete && streamer.drained ? { ...order, acknowledged, total, identity: identityOf(facts()), modes } : null);
    });
  });
}
