import type { SystemState } from '../../gateway/contract/live.ts';
import type { LaneState } from '../client/lane.ts';
import type { LiveState } from '../client/live.ts';
import { ageText } from '../client/truth.ts';

/** What is away and what that means, in the top bar. */
export interface Banner {
  readonly what: string;
  readonly means: string;
}

interface Facts {
  readonly live: LiveState;
  readonly lane: LaneState;
  readonly system: SystemState | null;
  /** Server time, ms. */
  readonly now: number;
}

/** The gravest impairment, or null. Order: what hides most from the person comes first. */
export function bannerOf({ live, lane, system, now }: Facts): Banner | null {
  const age = (since: number): string => ageText(Math.max(0, Math.floor((now - since) / 1_000) * 1_000)).replace('.0', '');
  if (live.kind === 'lost')
    return { what: `Connection lost for ${age(live.since)}.`, means: 'The job continues on the machine. What is shown is old.' };
  if (live.kind === 'connecting') return { what: 'Connecting.', means: 'Nothing here is current yet.' };
  if (lane.kind === 'closed') return { what: 'Stop lane away.', means: 'Stops take the slower way through the gateway.' };
  if (!lane.node) return { what: 'No machine host behind the stop lane.', means: 'A stop would not be confirmed: use the hardware stop.' };
  const silent = system?.nodes.find(node => !node.ok);
  if (silent)
    return {
      what: `Machine host ${silent.id} silent for ${age(silent.since)}.`,
      means: 'Its machines are not known. Use the hardware stop.',
    };
  // Before what it is the cause of.
  const [hindered] = system?.impairments ?? [];
  if (hindered) return { what: `Trouble on ${hindered.host} for ${age(hindered.since)}.`, means: hindered.sentence };
  if (system && !system.messages.ok)
    return {
      what: `Messages away for ${age(system.messages.since)}.`,
      means: `${system.messages.cause ?? ''} Running jobs and stops go on; history follows.`.trim(),
    };
  // Not "control continues": commands that must be journaled are refused until the database is back.
  if (system && !system.database.ok)
    return {
      what: `Database away for ${age(system.database.since)}.`,
      means: 'History is delayed. Jobs, HOLD and every stop go on; other commands wait.',
    };
  return null;
}
