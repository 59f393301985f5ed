/** How large the error of a time step is, over what is allowed. */
import { NEGLIGIBLE, RARE } from './grid.ts';
import type { Look, Scales } from './look.ts';
import { Frame, type Layout, type Population } from './population.ts';

/** Largest error of a step at any node, in units of the distance to its neighbour. */
const MOST_OF_A_GAP = 0.25;

/**
 * The largest, over classes, of the relative errors of δ, e and κ in the mean square, and those of the clock and of the integrals, over the accuracy; and of the errors at
 * single nodes over the room they have: a step may not throw a node over its neighbours, however little it weighs, because that would spoil the tail
 * for all later time. `next` is the state after the step, `look` what it looks like and `error` its error; `whole`: means over
 * the population; `allowed`: by class, times the accuracy that it may miss; `largest`: that each integral has been. Cost O(nodes).
 */
export function stepError(
  population: Population,
  layout: Layout,
  next: Float64Array,
  { nodes: { kappa }, scales }: Look,
  error: Float64Array,
  accuracy: number,
  whole: Scales,
  allowed: Float64Array,
  largest: Float64Array,
): number {
  const { first, grids, w, size } = layout;
  let worst = Math.abs(error[size - 1]) / Math.max(next[size - 1], 1e-300);
  for (let k = 0; k < largest.length; k++) {
    const missed = Math.abs(error[size + k]);
    if (missed > 0) worst = Math.max(worst, missed / Math.max(largest[k], Math.abs(next[size + k])));
  }
  const { line, origin } = population;
  let crossing = 0;
  for (let c = 0; c < grids.length; c++) {
    const begin = first[c];
    const last = begin + grids[c].count - 1;
    let missed = 0;
    let missedError = 0;
    let missedKappa = 0;
    let total = 0;
    let here = Math.abs(error[begin]);
    let value = next[begin];
    for (let i = begin; i <= last; i++) {
      const wi = w[i];
      const ke = kappa[i] * here;
      missed += wi * here * here;
      total += wi * value * value;
      missedError += wi * ke * ke;
      if (line) {
        // κ may vary much faster than β: by 2·slope a unit of U.
        const kk = ke * line.slope(origin[c] + value);
        missedKappa += wi * kk * kk;
      }
      if (i === last) break;
      const right = Math.abs(error[i + 1]);
      const above = next[i + 1];
      const thrown = Math.max(here, right) / (above - value);
      if (thrown > crossing) crossing = thrown;
      here = right;
      value = above;
    }
    if (population.frame[c] === Frame.escaping) total = Math.max(total, 1);
    const { squares, curvatures, mostError, mostKappa } = scales[c];
    // Where κ underflows nothing is left to be wrong.
    const per = (sum: number, of: number, most: number, error = missedError) =>
      error === 0 ? 0 : error / Math.max(sum, NEGLIGIBLE * of, RARE * most * most);
    const relative = Math.max(
      missed / total,
      per(squares, whole.squares, mostError),
      per(curvatures, whole.curvatures, mostKappa, line ? missedKappa : missedError),
    );
    // The last node may not come near the end.
    if (line) crossing = Math.max(crossing, here / (line.end - origin[c] - value));
    const missing = Math.sqrt(relative) / allowed[c];
    if (!(missing <= worst)) worst = missing;
  }
  return Math.max(worst / accuracy, crossing / MOST_OF_A_GAP);
}
