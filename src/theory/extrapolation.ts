/**
 * Smooth ordinary differential equations to rounding: Gragg's midpoint rule, extrapolated (Bulirsch and Stoer 1966; Hairer, Nørsett and Wanner, Solving ODEs I,
 * II.9), order 16.
 */

/** Midpoint steps of the rows of the tableau. */
const ROWS = [2, 4, 6, 8, 10, 12, 14, 16];
/** Steps shorter than this part of the interval are taken whatever their error: rounding, or a corner of F, which then costs no more than the step. */
const SHORTEST = 1e-10;

/** Errors after five rows, over the tolerance, that the last three will not mend. */
const HOPELESS = 1e6;

/**
 * y at `to`, from y at `from`, in place; y′ = F(x, y) is written to out. The error of a step is at most `tolerance` times `scale(y)` in every component.
 * Returns a good length for the next first step. @throws RangeError where F has no finite value.
 */
export function integrate(...problem: Problem): number {
  return integration(false, ...problem).next().value as number;
}

/** The same, giving control back after each evaluation of F: for an F that takes long. */
export function* integrateInSlices(...problem: Problem): Generator<void, number> {
  return yield* integration(true, ...problem);
}

type Problem = [
  f: (x: number, y: Float64Array, out: Float64Array) => void,
  y: Float64Array,
  from: number,
  to: number,
  tolerance: number,
  scale: (value: number) => number,
  first?: number,
];

function* integration(
  pausing: boolean,
  ...[f, y, from, to, tolerance, scale, first = to - from]: Problem
): Generator<void, number> {
  const n = y.length;
  const make = () => new Float64Array(n);
  const table = ROWS.map(make);
  const [slope, before, middle, rate] = [make(), make(), make(), make()];
  let x = from;
  let step = Math.min(first, to - from);
  let proposed = step;
  while (x < to) {
    const last = x + step * (1 + 1e-12) >= to;
    const h = last ? to - x : step;
    f(x, y, slope);
    let accepted = -1;
    let error = Number.POSITIVE_INFINITY;
    for (let k = 0; k < ROWS.length && accepted < 0; k++) {
      const count = ROWS[k];
      const part = h / count;
      before.set(y);
      for (let i = 0; i < n; i++) middle[i] = y[i] + part * slope[i];
      for (let m = 1; m < count; m++) {
        f(x + m * part, middle, rate);
        if (pausing) yield;
        for (let i = 0; i < n; i++) {
          const next = before[i] + 2 * part * rate[i];
          before[i] = middle[i];
          middle[i] = next;
        }
      }
      // Gragg's smoothing.
      f(x + h, middle, rate);
      for (let i = 0; i < n; i++) table[k][i] = 0.5 * (middle[i] + before[i] + part * rate[i]);
      for (let j = k - 1; j >= 0; j--) {
        const ratio = (count / ROWS[j]) ** 2 - 1;
        for (let i = 0; i < n; i++) table[j][i] = table[j + 1][i] + (table[j + 1][i] - table[j][i]) / ratio;
      }
      if (k < 2) continue;
      // The best two values: all rows, and all but the first.
      error = 0;
      for (let i = 0; i < n; i++) error = Math.max(error, Math.abs(table[0][i] - table[1][i]) / scale(table[0][i]));
      if (error <= tolerance) accepted = k;
      // Each row gains two orders or so: what is hopeless by now, as where F has a corner, is not worth the longer ones.
      else if (k >= 4 && error > HOPELESS * tolerance) break;
    }
    if (!(accepted >= 0) && !(Number.isFinite(error) && h <= SHORTEST * (to - from))) {
      if (h <= SHORTEST * (to - from)) throw new RangeError(`no finite value beyond ${x}`);
      step = h * (error < 1e3 * tolerance ? 0.6 : 0.3);
      proposed = step;
      continue;
    }
    y.set(table[0]);
    x = last ? to : x + h;
    step = h * (accepted < 0 ? 1 : accepted <= 3 ? 3 : accepted <= 5 ? 1.5 : 1);
    if (!last || step > proposed) proposed = step;
  }
  return proposed;
}
