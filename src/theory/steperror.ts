/** How large the error of a time step is, over what is allowed. */
import { NEGLIGIBLE, RARE, type Scales } from './grid.ts';
import { errorsAndCurvatures, Frame, type Layout, type Population } from './population.ts';

/** Largest error of a step at any node, in units of the distance to its neighbour. */
const MOST_OF_A_GAP = 0.25;

let e = new Float64Array(0);
let kappa = new Float64Array(0);

/**
 * The largest, over classes, of the relative errors of δ, e and κ in the mean square, and that of the clock, over the accuracy; and of the errors at
 * single nodes over the room they have: a step may not throw a node over its neighbours, however little it weighs, because that would spoil the tail
 * for all later time. `next` is the state after the step and `error` its error; `whole`: means over
 * the population; `allowed`: by class, times the accuracy that it may miss. Cost O(nodes).
 */
export function stepError(
  population: Population,
  layout: Layout,
  next: Float64Array,
  error: Float64Array,
  accuracy: number,
  whole: Scales,
  allowed: Float64Array,
): number {
  const { first, grids, w, size } = layout;
  if (e.length < size) {
    e = new Float64Array(2 * size);
    kappa = new Float64Array(2 * size);
  }
  const clock = next[size - 1];
  let worst = Math.abs(error[size - 1]) / Math.max(clock, 1e-300);
  let crossing = 0;
  for (let c = 0; c < grids.length; c++) {
    const begin = first[c];
    const end = begin + grids[c].count;
    errorsAndCurvatures(population, c, clock, next, begin, grids[c].count, e, kappa);
    let missed = 0;
    let missedError = 0;
    let totalCurvature = 0;
    let total = 0;
    let totalError = 0;
    let mostError = 0;
    let mostKappa = 0;
    for (let i = begin; i < end; i++) {
      const wi = w[i];
      const ei = error[i];
      const ke = kappa[i] * ei;
      missed += wi * ei * ei;
      total += wi * next[i] * next[i];
      missedError += wi * ke * ke;
      totalError += wi * e[i] * e[i];
      totalCurvature += wi * kappa[i] * kappa[i];
      mostError = Math.max(mostError, Math.abs(e[i]));
      mostKappa = Math.max(mostKappa, kappa[i]);
      if (i + 1 === end) break;
      const thrown = Math.max(Math.abs(ei), Math.abs(error[i + 1])) / (next[i + 1] - next[i]);
      if (thrown > crossing) crossing = thrown;
    }
    if (population.frame[c] === Frame.escaping) total = Math.max(total, 1);
    // Where κ underflows nothing is left to be wrong.
    const per = (sum: number, of: number, most: number) =>
      missedError === 0 ? 0 : missedError / Math.max(sum, NEGLIGIBLE * of, RARE * most * most);
    const relative = Math.max(
      missed / total,
      per(totalError, whole.squares, mostError),
      per(totalCurvature, whole.curvatures, mostKappa),
    );
    const size = Math.sqrt(relative) / allowed[c];
    if (!(size <= worst)) worst = size;
  }
  return Math.max(worst / accuracy, crossing / MOST_OF_A_GAP);
}
