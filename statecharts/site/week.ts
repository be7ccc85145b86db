/** A window of the week as rules have it: `HH:MM`, days 1 (Monday) to 7 on which it begins, empty: every day. */
export interface WeekWindow {
  readonly from: string;
  readonly to: string;
  readonly days: readonly number[];
}

const dayMinutes = 1_440;
const weekMinutes = 7 * dayMinutes;
const everyDay = [1, 2, 3, 4, 5, 6, 7];

/** Minutes after midnight of `HH:MM`. */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** Which windows hold each minute of a week, Monday 00:00 first; the same times mean a whole day. */
function coverage(windows: readonly WeekWindow[]): Uint8Array {
  const covered = new Uint8Array(weekMinutes);
  for (const { from, to, days } of windows) {
    const begin = minutesOf(from);
    const length = (minutesOf(to) - begin + dayMinutes) % dayMinutes || dayMinutes;
    for (const day of days.length === 0 ? everyDay : days) {
      for (let i = 0; i < length; i += 1) covered[((day - 1) * dayMinutes + begin + i) % weekMinutes] = 1;
    }
  }
  return covered;
}

/** A minute of the week outside of every window; null when they cover it all. */
export function minuteOutside(windows: readonly WeekWindow[]): number | null {
  const free = coverage(windows).indexOf(0);
  return free === -1 ? null : free;
}

/** Whether a minute of the week lies within the window. */
export function holdsMinute(window: WeekWindow, minute: number): boolean {
  return coverage([window])[minute] === 1;
}
