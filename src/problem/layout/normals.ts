/**
 * d numbers that stand for N(0, 1) as nearly as d equal weights can: the quantiles at (i + ½)/d, whose tails are too short for moments
 * (⟨x⁶⟩ is 23/d low, relatively, at d = 100), with tails and centre set right.
 *
 * - Tails: of the N = min(d/2, 4096) largest |x|, the k-th is multiplied by 1 + Σ_j c_j (k^(−j) − N^(−j)), j = 1, 2, 3, so that ⟨x²⟩, ⟨x⁴⟩ and ⟨x⁶⟩ are
 *   exactly 1, 3 and 15; where values would pass each other, below d ≈ 70, ⟨x²⟩ and ⟨x⁴⟩; below 8, where all are scaled alike, ⟨x²⟩.
 * - Centre: the one or two values nearest 0 make ⟨log|x|⟩ exact, unless they would then not be the nearest. None is 0.
 * - ⟨x⟩ = 0: antisymmetric; for odd d the others make up for the middle one.
 */
import { exp, log } from '../../elementary/index.ts';
import { normalQuantile } from '../normalquantile.ts';

/** E log|x| of a standard normal, −(γ + log 2)/2. */
export const MEAN_LOG_NORMAL = -0.6351814227307391;

/** Where two and three even moments can be tried. */
const FOURTH = 8;
const SIXTH = 64;
const LONGEST_TAIL = 4096;

/** Sums of x², x⁴, x⁶ and log x over some x > 0. */
type Sums = [square: number, fourth: number, sixth: number, log: number];

/** Increasing. O(d). */
export function normalScores(d: number): Float64Array {
  const half = d >> 1;
  const isOdd = d % 2 === 1;
  // Positive ones, the largest first.
  const upper = new Float64Array(half);
  for (let k = 0; k < half; k++) upper[k] = -normalQuantile((k + 0.5) / d);
  const tail = upper.slice(0, Math.min(half, LONGEST_TAIL));
  let middle = isOdd ? exp(MEAN_LOG_NORMAL) / d : 0;
  if (d < FOURTH) {
    scale(upper, d, middle);
  } else {
    // The value at the end of the tail is not stretched: where it is also the one nearest 0, it is set to begin with.
    const body = sumsOf(upper, tail.length, half);
    for (let round = 0; round < 4; round++) {
      upper.set(withMoments(tail, body, d, middle));
      const logs = sumsOf(upper, 0, tail.length)[3] + body[3];
      const last = half - 1;
      const lacking = exp(
        isOdd ? d * MEAN_LOG_NORMAL - 2 * logs : 0.5 * d * MEAN_LOG_NORMAL - (logs - log(upper[last])),
      );
      if (!(lacking < upper[isOdd ? last : last - 1])) break;
      if (isOdd) {
        middle = lacking;
      } else if (tail.length === half) {
        tail[last] = lacking;
        upper[last] = lacking;
      } else {
        const [before, after] = [sumsOf(upper, last, half), sumsOf(Float64Array.of(lacking), 0, 1)];
        for (let r = 0; r < 4; r++) body[r] += after[r] - before[r];
        upper[last] = lacking;
      }
    }
    upper.set(withMoments(tail, body, d, middle));
  }
  const result = new Float64Array(d);
  const shift = shiftOf(d, middle);
  for (let k = 0; k < half; k++) {
    result[k] = -upper[k] - shift;
    result[d - 1 - k] = upper[k] - shift;
  }
  if (isOdd) result[half] = middle;
  return result;
}

/** What all others move down by, so that the mean is 0. */
function shiftOf(d: number, middle: number): number {
  return middle === 0 || d === 1 ? 0 : middle / (d - 1);
}

function sumsOf(x: Float64Array, from: number, to: number): Sums {
  const sums: Sums = [0, 0, 0, 0];
  for (let k = from; k < to; k++) {
    const square = x[k] * x[k];
    sums[0] += square;
    sums[1] += square * square;
    sums[2] += square * square * square;
    sums[3] += log(x[k]);
  }
  return sums;
}

/** ⟨x²⟩ = 1. */
function scale(upper: Float64Array, d: number, middle: number): void {
  const shift = shiftOf(d, middle);
  const wanted = d - middle * middle - (d - 1) * shift * shift;
  const by = Math.sqrt(wanted / (2 * sumsOf(upper, 0, upper.length)[0]));
  for (let k = 0; k < upper.length; k++) upper[k] *= by;
}

/** The tail for as many even moments as d allows. */
function withMoments(tail: Float64Array, body: Sums, d: number, middle: number): Float64Array {
  const all = d < SIXTH ? null : stretched(tail, body, d, middle, 3);
  return all ?? stretched(tail, body, d, middle, 2) ?? tail;
}

/** The tail for `order` even moments; null where there is none, or values would pass each other. Newton's method. */
function stretched(tail: Float64Array, body: Sums, d: number, middle: number, order: 2 | 3): Float64Array | null {
  const n = tail.length;
  const c = new Float64Array(order);
  const shift = shiftOf(d, middle);
  const atMiddle = sumsOf(Float64Array.of(middle), 0, 1);
  const moments = [1, 3, 15].slice(0, order);
  // (x − s)ⁿ + (x + s)ⁿ, to second order in s, which is O(1/d²).
  const wanted = moments.map((m, r) => {
    const bySymmetry = [1, 6, 45][r] * (d - 1) * shift * shift;
    return (m * d - atMiddle[r] - bySymmetry) / 2 - body[r];
  });
  for (let iteration = 0; iteration < 40; iteration++) {
    const sums = new Float64Array(order);
    const slopes = moments.map(() => new Float64Array(order));
    for (let k = 0; k < n; k++) {
      const basis = basisOf(k, n);
      const z = tail[k] * (1 + combine(c, basis));
      let power = z;
      for (let r = 0; r < order; r++) {
        sums[r] += power * z;
        for (let j = 0; j < order; j++) slopes[r][j] += 2 * (r + 1) * power * tail[k] * basis[j];
        power *= z * z;
      }
    }
    const rest = wanted.map((sum, r) => sum - sums[r]);
    const miss = Math.max(...rest.map((x, r) => Math.abs(x) / (d * moments[r])));
    if (!(miss < 1e3)) return null;
    if (miss < 1e-15 || (miss < 1e-12 && iteration > 8)) {
      const result = tail.map((x, k) => x * (1 + combine(c, basisOf(k, n))));
      return result.every((x, k) => x > 0 && (k === 0 || x < result[k - 1])) ? result : null;
    }
    const move = solve(slopes, rest);
    for (let j = 0; j < order; j++) c[j] += move[j];
  }
  return null;
}

function basisOf(k: number, n: number): [number, number, number] {
  const [x, end] = [1 / (k + 1), 1 / n];
  return [x - end, x * x - end * end, x * x * x - end * end * end];
}

function combine(c: Float64Array, basis: readonly number[]): number {
  let sum = 0;
  for (let j = 0; j < c.length; j++) sum += c[j] * basis[j];
  return sum;
}

/** Gaussian elimination with row pivots; small systems. */
function solve(rows: readonly Float64Array[], right: readonly number[]): number[] {
  const a = rows.map((row, r) => [...row, right[r]]);
  const n = a.length;
  for (let i = 0; i < n; i++) {
    let pivot = i;
    for (let r = i + 1; r < n; r++) if (Math.abs(a[r][i]) > Math.abs(a[pivot][i])) pivot = r;
    [a[i], a[pivot]] = [a[pivot], a[i]];
    for (let r = 0; r < n; r++) {
      if (r === i) continue;
      const times = a[r][i] / a[i][i];
      for (let j = i; j <= n; j++) a[r][j] -= times * a[i][j];
    }
  }
  return a.map((row, i) => row[n] / row[i]);
}
