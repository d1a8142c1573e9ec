const dayMs = 86_400_000;

/**
 * The instant of a control protocol time (`HH:MM:SS.uuuuuu`, UTC, no date), taken next to `now`. Where it is not readable
 * or more than 5 s away (clocks of two machines, a stopped clock) it is `now`.
 * @param now epoch milliseconds
 * @returns epoch milliseconds, rounded up, so that a delay counted from it is never too short
 */
export function controlTime(text: string, now: number): number {
  const parts = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/.exec(text ?? '');
  if (!parts) return now;
  const [, hours, minutes, seconds, fraction] = parts;
  const timeOfDayMs =
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 +
    Math.ceil(Number(`0.${fraction ?? 0}`) * 1000);
  // -12 h to 12 h: the day is the nearest one.
  const aheadMs = ((timeOfDayMs - (now % dayMs) + 1.5 * dayMs) % dayMs) - dayMs / 2;
  return Math.abs(aheadMs) <= 5000 ? now + aheadMs : now;
}
