/**
 * Loops over coordinates that the algorithms share: plain, over typed arrays, in a fixed order of summation. All arrays f64; ranges
 * [lo, hi).
 */

/** Coordinates handled at a time: five arrays of them stay in the second-level cache. */
export const CHUNK = 4096;

/** Coordinate-steps after which a simulator yields: some milliseconds of work. */
export const SLICE = 1 << 17;

/**
 * Σ a_i g_(at + i − lo) over [lo, hi): a range of coordinates against their features, which begin at g[at]. In four strided parts, as
 * four chains of additions run side by side.
 */
export function dot(a: Float64Array, g: Float64Array, at: number, lo: number, hi: number): number {
  const n = hi - lo;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += a[lo + i] * g[at + i];
    s1 += a[lo + i + 1] * g[at + i + 1];
    s2 += a[lo + i + 2] * g[at + i + 2];
    s3 += a[lo + i + 3] * g[at + i + 3];
  }
  for (; i < n; i++) s0 += a[lo + i] * g[at + i];
  return s0 + s1 + (s2 + s3);
}

/** out_i ← out_i + c·x_i. */
export function addScaled(out: Float64Array, x: Float64Array, c: number): void {
  for (let i = 0; i < out.length; i++) out[i] += c * x[i];
}

/** out_i = a_i = √λ_i e_i over [lo, hi), e = (p − q)(p + q)/4 − b, the product form: exact to a few units also where p ≈ ±q. Returns Σ a_i². */
export function weightedErrors(
  a: Float64Array,
  p: Float64Array,
  q: Float64Array,
  b: Float64Array,
  rootLambda: Float64Array,
  lo: number,
  hi: number,
): number {
  let sum = 0;
  for (let i = lo; i < hi; i++) {
    const ai = rootLambda[i] * (0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i]);
    a[i] = ai;
    sum += ai * ai;
  }
  return sum;
}

/**
 * The SGD update of coordinates [lo, hi) with G_i = along·a_i + across·g_(at+i−lo) (docs/paths.md, "SGD"); `along` and `across`
 * already contain the factor g/√d. In place: p_i ← p_i(1 − α_i), q_i ← q_i(1 + α_i), α_i = √λ_i G_i, so that p_i q_i changes by the
 * factor 1 − α_i² to rounding. Writes the new a_i and returns their Σ a_i².
 */
export function updateCoordinates(
  p: Float64Array,
  q: Float64Array,
  a: Float64Array,
  b: Float64Array,
  rootLambda: Float64Array,
  g: Float64Array,
  at: number,
  lo: number,
  hi: number,
  along: number,
  across: number,
): number {
  // One coordinate a turn: unrolling it by hand makes it slower.
  const shift = at - lo;
  let sum = 0;
  for (let i = lo; i < hi; i++) {
    const root = rootLambda[i];
    const alpha = root * (along * a[i] + across * g[i + shift]);
    const pi = p[i] * (1 - alpha);
    const qi = q[i] * (1 + alpha);
    p[i] = pi;
    q[i] = qi;
    const ai = root * (0.25 * (pi - qi) * (pi + qi) - b[i]);
    a[i] = ai;
    sum += ai * ai;
  }
  return sum;
}
