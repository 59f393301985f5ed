/** Save times, and the SGD step that each falls on. */

/** The save times: 0, then `times`, or `samples` equally spaced times of which the last is exactly the horizon. */
export function saveTimes(experiment: {
  readonly times?: readonly number[];
  readonly samples?: number;
  readonly horizon: number;
}): Float64Array {
  const { times, samples = 0, horizon } = experiment;
  return saveTimesOf(times, samples, horizon);
}

/** The same from its parts; `times` goes before `samples`. */
export function saveTimesOf(times: readonly number[] | undefined, samples: number, horizon: number): Float64Array {
  if (times) return Float64Array.of(0, ...times);
  return Float64Array.from({ length: samples + 1 }, (_, i) => (i === samples ? horizon : (horizon * i) / samples));
}

/** The last save time, where a run ends: the horizon, or earlier where `times` end before it. */
export function lastTime({ times, horizon }: { readonly times?: readonly number[]; readonly horizon: number }): number {
  return times?.at(-1) ?? horizon;
}

/** Number of SGD steps taken when each save time is sampled: round(t·d). Non-decreasing; equal where times are closer than 1/d. */
export function sgdSteps(times: ArrayLike<number>, dimension: number): Float64Array {
  return Float64Array.from(times, (t) => Math.round(t * dimension));
}
