import type { Outcome } from '../../actors/transport/envelopes.ts';
import type { ClientFrame, StopStage } from '../contract/live.ts';
import type { SignedIn } from '../http/route.ts';

/** A command as a client asks for it, over whatever transport. */
export type AskedCommand = Omit<Extract<ClientFrame, { type: 'command' }>, 'type'>;

/** What the live socket needs of the rooms to its right: the one door for commands, the stop, and the dead-man's grants. */
export interface Doors {
  /** Never throws; an expected no is an outcome. */
  command(caller: SignedIn, asked: AskedCommand): Promise<Outcome>;
  /** Never refused; stages are told as they come. */
  stop(caller: SignedIn, asked: { equipment: string; stopId: string }, stage: (stage: StopStage) => void): void;
  /** Keeps a held jog alive. */
  grant(caller: SignedIn, grant: { equipment: string; jogId: string; n: number }): void;
  /** Asks the owner for its wire lines; repeated while somebody looks. */
  listen(equipment: string): void;
}
