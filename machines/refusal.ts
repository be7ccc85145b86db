import type { DeviceEffect } from '../statecharts/equipment/effects.ts';
import type { Report } from '../statecharts/equipment/reports.ts';

/** Why an effect is not begun, in words. */
export interface Refusal {
  readonly code: string;
  readonly text: string;
}

/** The report that ends an effect which was not begun: the one its caller waits for. */
export function refusalReport(effect: DeviceEffect, refusal: Refusal): Report {
  switch (effect.type) {
    case 'device.jog':
      return { type: 'jog.ended', jogId: effect.jog.jogId, reason: 'refused' };
    case 'device.mdi':
      return { type: 'mdi.answered', line: effect.line, error: refusal.text };
    case 'device.program.run': {
      const before = effect.fromLine - 1;
      const error = { line: effect.fromLine, ...refusal };
      return {
        type: 'program.ended',
        outcome: { job: effect.job, result: 'failed', sent: before, acknowledged: before, total: 0, error },
      };
    }
    default:
      return { type: 'effect.failed', effect: effect.type, ...refusal };
  }
}
