/** The time grid of the SDE (docs/paths.md, "Time"): one function of save times, time step and schedule, for every engine. */

export interface TimeGrid {
  /** Number of steps n of the whole run. */
  readonly count: number;
  /** [n] time at which step k starts; step 0 starts at 0. */
  readonly starts: Float64Array;
  /** [n] length τ of step k; equal within an interval between knots. */
  readonly lengths: Float64Array;
  /** [save times] number of steps completed at save time i: 0 for t = 0, and step saveSteps[i] − 1 ends at save time i. */
  readonly saveSteps: Uint32Array;
}

/**
 * Cuts every interval between neighbouring knots, of length Δ, into max(1, ⌈Δ/timeStep − 10⁻⁹⌉) equal steps. Knots are the save
 * times (strictly increasing, the first is 0) and the breakpoints before the last of them. O(steps) time and memory.
 */
export function timeGrid(times: ArrayLike<number>, timeStep: number, breakpoints: readonly number[] = []): TimeGrid {
  const end = times[times.length - 1];
  const knots = [...new Set([...Array.from(times), ...breakpoints.filter((t) => t > 0 && t < end)])].sort(
    (a, b) => a - b,
  );
  const pieces = knots.slice(1).map((t, i) => Math.max(1, Math.ceil((t - knots[i]) / timeStep - 1e-9)));
  const count = pieces.reduce((sum, n) => sum + n, 0);
  const starts = new Float64Array(count);
  const lengths = new Float64Array(count);
  const stepsAt = new Map<number, number>([[knots[0], 0]]);
  let k = 0;
  pieces.forEach((n, i) => {
    const length = (knots[i + 1] - knots[i]) / n;
    for (let j = 0; j < n; j++, k++) {
      starts[k] = knots[i] + j * length;
      lengths[k] = length;
    }
    stepsAt.set(knots[i + 1], k);
  });
  return { count, starts, lengths, saveSteps: Uint32Array.from(times, (t) => stepsAt.get(t)!) };
}
