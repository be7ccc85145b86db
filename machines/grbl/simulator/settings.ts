/**
 * The `$n` settings of GRBL 1.1 (doc/csv/setting_codes_en_US.csv) with the values of the demo mill: 800 x 500 x 120 mm, homing
 * at the far right top, so that all of its machine coordinates are negative.
 */
export type Settings = Map<number, number>;

const demoMill: readonly (readonly [number, number])[] = [
  [0, 10],
  [1, 25],
  [2, 0],
  [3, 0],
  [4, 0],
  [5, 0],
  [6, 0],
  [10, 1],
  [11, 0.01],
  [12, 0.002],
  [13, 0],
  [20, 1],
  [21, 1],
  [22, 1],
  [23, 0],
  [24, 100],
  [25, 2000],
  [26, 250],
  [27, 1],
  [30, 24000],
  [31, 0],
  [32, 0],
  [100, 250],
  [101, 250],
  [102, 250],
  [110, 5000],
  [111, 5000],
  [112, 2000],
  [120, 400],
  [121, 400],
  [122, 200],
  [130, 800],
  [131, 500],
  [132, 120],
];

/** What differs on a laser: S from 0 to 1000, and laser mode. */
const demoLaser: typeof demoMill = [
  [30, 1000],
  [32, 1],
];

const whole = new Set([0, 1, 2, 3, 4, 5, 6, 10, 13, 20, 21, 22, 23, 26, 30, 31, 32]);

/** What `$RST` goes back to: the defaults of the firmware, in which a laser is a spindle again. */
export function defaultSettings(): Settings {
  return new Map(demoMill);
}

/** The EEPROM of the machine as it was delivered. */
export function settingsOf(kind: 'mill' | 'laser'): Settings {
  return new Map(kind === 'mill' ? demoMill : [...demoMill, ...demoLaser]);
}

/** The value of a known setting; an unknown number is a bug of the simulator. */
export function setting(settings: Settings, number: number): number {
  const value = settings.get(number);
  if (value === undefined) throw new Error(`there is no setting $${number}`);
  return value;
}

/** Stores one value as `$n=value` does and returns GRBL's status: 0 or the number of the error. */
export function storeSetting(settings: Settings, number: number, value: number): number {
  if (!settings.has(number)) return 3;
  if (value < 0) return 4;
  if (number === 0 && value < 3) return 6;
  if (number === 20 && value !== 0 && setting(settings, 22) === 0) return 10;
  settings.set(number, value);
  if (number === 22 && value === 0) settings.set(20, 0);
  return 0;
}

/** The lines of `$$`. */
export function settingLines(settings: Settings): string[] {
  return [...settings].map(([number, value]) => `$${number}=${whole.has(number) ? Math.trunc(value) : value.toFixed(3)}`);
}
