import type { ChartMigration } from '../../migrations.ts';

/** 1.1.0 added the transition on `authority.continued`; states and facts are those of 1.0.0. */
export const to110: ChartMigration = {
  from: { version: '1.0.0', hash: '0f5742a094c0ac64' },
  to: '1.1.0',
  state: state => state,
  value: value => value,
};
