import type { ChartMigration } from '../../migrations.ts';
import { to110 } from './to-1-1-0.ts';
import { to200 } from './to-2-0-0.ts';

/**
 * From each released form of the equipment chart to the next, oldest first. Every form that was released is in here for good, with a
 * golden snapshot (`actors/testing/golden`) that must arrive at the present chart.
 */
export const equipmentMigrations: readonly ChartMigration[] = [to110, to200];
