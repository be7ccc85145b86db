import { deEnergise, type Machine, type Program } from './machine.ts';

/** GRBL waits this long after an alarm line so that it leaves its send buffer, ms. */
export const alarmPause = 500;

/**
 * Alarm 1 or 2: everything stops and only a soft reset is heard. A reset within the pause is lost (the firmware clears it before
 * it starts to wait), so a host does well to wait for `[MSG:Reset to continue]`.
 */
export function* criticalAlarm(machine: Machine, code: 1 | 2): Program {
  machine.motion.halt();
  deEnergise(machine);
  machine.state = 'Alarm';
  if (code === 1) machine.homed = false;
  machine.deaf = true;
  machine.resetPending = true;
  machine.emit(`ALARM:${code}\r\n`);
  yield { for: 'time', ms: alarmPause, scaled: false };
  machine.emit('[MSG:Reset to continue]\r\n');
  machine.resetPending = false;
  yield { for: 'reset' };
}

/** Any other alarm: locked, but answering; `$X` or `$H` lead out. */
export function* plainAlarm(machine: Machine, code: number): Program {
  machine.motion.halt();
  machine.state = 'Alarm';
  machine.deaf = true;
  machine.emit(`ALARM:${code}\r\n`);
  yield { for: 'time', ms: alarmPause, scaled: false };
  machine.deaf = false;
}
