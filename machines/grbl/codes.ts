/**
 * What the numbers of GRBL 1.1 mean, in words of the floor. Numbers and meaning after gnea/grbl doc/csv/error_codes_en_US.csv,
 * alarm_codes_en_US.csv and doc/markdown/interface.md; the wording is ours.
 */

const errors: Readonly<Record<number, string>> = {
  1: 'a word without its letter',
  2: 'a number is missing or malformed',
  3: 'an unknown $ command',
  4: 'a negative value where only positive ones are allowed',
  5: 'homing is switched off ($22)',
  6: 'the step pulse is too short ($0)',
  7: 'the stored settings could not be read; defaults are in use',
  8: 'only possible while the machine is idle',
  9: 'locked by an alarm or a jog',
  10: 'soft limits need homing to be switched on',
  11: 'the line is longer than the controller can hold',
  12: 'the step rate would be too high',
  13: 'the safety door is open',
  14: 'the text is too long to be stored',
  15: 'the jog would leave the travel of the machine',
  16: 'not a valid jog',
  17: 'laser mode needs a spindle output with PWM',
  20: 'a command this controller does not know',
  21: 'two commands of one group in a line',
  22: 'no feed rate is set',
  23: 'a whole number is needed',
  24: 'two commands in a line both want the axis words',
  25: 'a word appears twice in a line',
  26: 'axis words are missing',
  27: 'the line number is invalid',
  28: 'a value that the command needs is missing',
  29: 'G59.1 to G59.3 do not exist here',
  30: 'G53 only goes with G0 and G1',
  31: 'axis words that nothing uses',
  32: 'an arc needs an axis of its plane',
  33: 'the target of the motion is invalid',
  34: 'the arc radius is impossible',
  35: 'an arc needs an offset in its plane',
  36: 'words that nothing uses',
  37: 'a tool length offset on the wrong axis',
  38: 'the tool number is too large',
};

interface AlarmMeaning {
  readonly text: string;
  /** The controller no longer knows where it is: home again. */
  readonly positionLost: boolean;
  /** The controller answers nothing but a reset (protocol.c: the loop after a critical event). */
  readonly silent: boolean;
}

const alarms: Readonly<Record<number, AlarmMeaning>> = {
  1: { text: 'Hard limit reached', positionLost: true, silent: true },
  2: { text: 'Soft limit: the target lies outside the travel', positionLost: false, silent: true },
  3: { text: 'Reset while moving', positionLost: true, silent: false },
  4: { text: 'The probe was already in contact', positionLost: false, silent: false },
  5: { text: 'The probe touched nothing', positionLost: false, silent: false },
  6: { text: 'Homing was interrupted by a reset', positionLost: true, silent: false },
  7: { text: 'Homing was interrupted by the door', positionLost: true, silent: false },
  8: { text: 'Homing failed: a limit switch did not clear', positionLost: true, silent: false },
  9: { text: 'Homing failed: a limit switch was not found', positionLost: true, silent: false },
  10: { text: 'Homing failed: the second switch of a double axis was not found', positionLost: true, silent: false },
};

/** `error:22` in words; unknown numbers say so and nothing more. */
export function errorText(code: number): string {
  return errors[code] ?? `an error this software does not know (${code})`;
}

/** `ALARM:1` in words. An unknown alarm counts as position lost: the cautious reading. */
export function alarmMeaning(code: number): AlarmMeaning {
  return alarms[code] ?? { text: `An alarm this software does not know (${code})`, positionLost: true, silent: false };
}
