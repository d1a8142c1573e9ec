/**
 * The wall clock with fractions of a millisecond. `Date.now` has none, and the monotonic clock drifts away from it over an
 * hour: here the monotonic one fills in the fraction, and is never further than a millisecond from the wall clock.
 */
export function instant(): number {
  const monotonic = performance.now();
  const wall = Date.now();
  const reading = monotonic + offset;
  if (reading < wall) offset = wall - monotonic;
  else if (reading >= wall + 1) offset = wall + 0.999 - monotonic;
  return monotonic + offset;
}

let offset = performance.timeOrigin;
