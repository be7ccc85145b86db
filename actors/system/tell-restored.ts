import type { Activation } from './activate.ts';
import type { Chart } from './chart.ts';
import type { LiveActor } from './live-actor.ts';

/** Writes into the journal, as the first turn of a life and with its whole state, from what it went on: another form of the chart, or nothing. */
export function tellRestored(
  actor: Pick<LiveActor<unknown>, 'post'>,
  { migrated, quarantine }: Pick<Activation, 'migrated' | 'quarantine'>,
  { version, hash }: Pick<Chart, 'version' | 'hash'>,
): void {
  const to = { version, hash };
  if (migrated) actor.post('report', { kind: 'note', type: 'state.migrated', data: { from: migrated, to }, snapshot: 'keep' });
  if (quarantine) actor.post('report', { kind: 'note', type: 'state.quarantined', data: { ...quarantine, to }, snapshot: 'keep' });
}
