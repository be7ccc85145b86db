import type { CommandArgs } from './commands.ts';

/**
 * What the equipment chart asks of the world. Actions only record these; the runtime performs them after the journal commit,
 * and their outcomes come back as reports. Names with `device.` go to the driver, the others to the runtime.
 */
export type DeviceEffect =
  /** Feed hold (IEC 60204-1 category 2). */
  | { readonly type: 'device.hold' }
  | { readonly type: 'device.resume' }
  /** End a running program in order: no more lines, then hold and reset as the device needs; ends in `device.stopped`. */
  | { readonly type: 'device.stop' }
  /** The stop sequence; when the stop lane already wrote the stop byte the driver carries on from there. Ends in `device.aborted`. */
  | { readonly type: 'device.abort' }
  /** Leave alarm or a held planner without motion; ends in `device.cleared`. */
  | { readonly type: 'device.clear' }
  | { readonly type: 'device.home' }
  | { readonly type: 'device.jog'; readonly jog: CommandArgs<'JOG'> }
  | { readonly type: 'device.jog.cancel' }
  | { readonly type: 'device.mdi'; readonly line: string }
  | { readonly type: 'device.override'; readonly override: CommandArgs<'OVERRIDE'> }
  /** The whole program as one physical effect; ends in exactly one `program.ended`. */
  | { readonly type: 'device.program.run'; readonly job: string; readonly hash: string; readonly fromLine: number }
  /** Stop feeding, let the device finish what it was sent; ends in `program.ended` with result stopped. */
  | { readonly type: 'device.program.finish' }
  /** °C; 0 switches the heater off. */
  | { readonly type: 'device.temperature'; readonly heater: string; readonly celsius: number }
  | { readonly type: 'device.register'; readonly register: string; readonly value: number }
  /** Ends in `device.output`, read back from the contact. */
  | { readonly type: 'device.switch'; readonly on: boolean };

export type SystemEffect =
  /** Open the driver of the equipment, or close it and give its port free. */
  | { readonly type: 'link.open' }
  | { readonly type: 'link.close' }
  | { readonly type: 'timer.start'; readonly id: string; readonly ms: number }
  | { readonly type: 'timer.cancel'; readonly id: string }
  /** Send an event to a job actor. */
  | { readonly type: 'job.tell'; readonly job: string; readonly event: { readonly type: string } & Record<string, unknown> };

export type Effect = DeviceEffect | SystemEffect;

/** May it be done again after a crash without harm? `physical` never is (G6). */
export type EffectClass = 'idempotent' | 'query' | 'physical';

/** The class of every effect. */
export const effectClasses: Readonly<Record<Effect['type'], EffectClass>> = {
  'device.hold': 'idempotent',
  'device.resume': 'physical',
  'device.stop': 'idempotent',
  'device.abort': 'idempotent',
  'device.clear': 'idempotent',
  'device.home': 'physical',
  'device.jog': 'physical',
  'device.jog.cancel': 'idempotent',
  'device.mdi': 'physical',
  'device.override': 'physical',
  'device.program.run': 'physical',
  'device.program.finish': 'idempotent',
  'device.temperature': 'physical',
  'device.register': 'physical',
  'device.switch': 'physical',
  'link.open': 'idempotent',
  'link.close': 'idempotent',
  'timer.start': 'idempotent',
  'timer.cancel': 'idempotent',
  'job.tell': 'idempotent',
};
