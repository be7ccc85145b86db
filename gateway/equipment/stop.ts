import type { LanePress } from '../../actors/stop/protocol.ts';
import { nodeFrameSchema } from '../../actors/stop/protocol.ts';
import type { Messages } from '../../actors/transport/messages.ts';
import { isActorId, subject } from '../../actors/transport/subjects.ts';
import type { StopStage } from '../contract/live.ts';
import { requestMany } from '../ws/messages.ts';

/** Without `written` by then, the page is told: NOT CONFIRMED must stand there within 500 ms of the press. */
const confirmWithinMs = 250;
const listenForMs = 5_000;

export interface StopDoorOptions {
  readonly messages: Messages;
  readonly site: string;
  readonly now: () => number;
  readonly mono: () => number;
}

/** A press: an id or `all`. */
export type Press = Omit<LanePress, 'at'>;

/** Sends the stop key's press; every stage is told as it comes. Resolves after all of them, never throws, never refuses. */
export type StopDoor = (press: Press, stage: (stage: StopStage) => void) => Promise<void>;

/** The gateway's way to stop: the NATS subject `stop`, beside the lane's direct socket and with the same stopId. */
export function stopDoor({ messages, site, now, mono }: StopDoorOptions): StopDoor {
  return async (press, stage) => {
    const startedAt = mono();
    let heardOf = false;
    let unknown = false;
    const tell = (equipment: string, what: StopStage['stage'], reason?: string) => {
      heardOf = true;
      stage({
        stopId: press.stopId,
        equipment,
        stage: what,
        ms: Math.round(mono() - startedAt),
        ...(reason === undefined ? {} : { reason }),
      });
    };
    if (!isActorId(press.equipment)) return tell(press.equipment, 'unknown-target');
    const silent = setTimeout(() => {
      if (!heardOf) tell(press.equipment, unknown ? 'unknown-target' : 'node-silent', unknown ? undefined : 'No node has answered yet.');
    }, confirmWithinMs);
    const body: LanePress = { ...press, at: now() };
    const sent = await requestMany(messages, subject(site, 'equipment', press.equipment, 'stop'), {
      body,
      forMs: listenForMs,
      heard: reply => {
        const frame = nodeFrameSchema.safeParse(reply);
        if (!frame.success || !('stage' in frame.data) || frame.data.stopId !== press.stopId) return;
        // Each node answers for its own equipment only: another one may have it.
        if (frame.data.stage === 'unknown-target') unknown = true;
        else tell(frame.data.equipment, frame.data.stage, frame.data.reason);
      },
    });
    clearTimeout(silent);
    if (!sent) tell(press.equipment, 'not-written', 'The message server does not answer; only the stop lane reaches the node now.');
    else if (!heardOf) tell(press.equipment, 'node-silent', 'No node listens for this equipment.');
  };
}
