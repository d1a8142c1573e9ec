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
  const midnight = now - (now % dayMs);
  const candidates = [midnight - dayMs, midnight, midnight + dayMs].map((day) => day + timeOfDayMs);
  const nearest = candidates.reduce((a, b) => (Math.abs(a - now) <= Math.abs(b - now) ? a : b));
  return Math.abs(nearest - now) <= 5000 ? nearest : now;
}
