import type { Heartbeat } from './envelopes.ts';

/** An actor as the pulse of its owner names it. */
export interface OwnedActor {
  readonly actor: string;
  readonly epoch: number;
  /** Seq of the newest status that its owner has said of it under this epoch; 0: none yet, or the node is of a release that does not tell. */
  readonly seq: number;
}

/** What a node owns and has said of it. A list that does not fit to what is owned tells nothing. */
export function ownedActors({ owns, said }: Pick<Heartbeat, 'owns' | 'said'>): readonly OwnedActor[] {
  const seqs = said?.length === owns.length ? said : [];
  return owns.map(({ actor, epoch }, i) => ({ actor, epoch, seq: seqs[i] ?? 0 }));
}

/** The same for a pulse. */
export function toPulse(owned: readonly OwnedActor[]): Pick<Heartbeat, 'owns'> & { readonly said: number[] } {
  return { owns: owned.map(({ actor, epoch }) => ({ actor, epoch })), said: owned.map(({ seq }) => seq) };
}
