/**
 * Ranks of Kronecker sequences: permutations of 0 … d − 1 that are as independent of the order 0 … d − 1, and of each other, as
 * deterministic ones can be: means of products factorize to O(log d/d) with the order, to O(log² d/d) between two directions.
 */

/**
 * Directions α, one for each independent quantity: quadratic irrationals with small quotients, and with 1 linearly independent
 * over the rationals. Measured over d = 16 … 10⁶ they beat the directions from the root of x⁴ = x + 1 in every pair.
 */
export const Direction = {
  target: (Math.sqrt(5) - 1) / 2,
  u: Math.SQRT2 - 1,
  v: Math.sqrt(3) - 1,
} as const;

/**
 * The rank of frac(iα + ½) among i = 0 … d − 1, for every i. d ≤ 2³¹. O(d), no sorting: neighbours in the order of a
 * Kronecker sequence differ by one of three index steps (Sós 1958), a = the index of its least positive point, −b for its
 * greatest, and a − b.
 */
export function kroneckerRanks(dimension: number, direction: number): Uint32Array {
  const ranks = new Uint32Array(dimension);
  if (dimension === 1) return ranks;
  // Integers mod 2³² stand for frac(iα): odd step, so that all points differ, and the order is exact.
  const step = Math.floor(direction * 2 ** 32) | 1;
  let least = 1;
  let greatest = 1;
  let leastPoint = 2 ** 32;
  let greatestPoint = 0;
  let upper = 0;
  for (let i = 1, point = step >>> 0; i < dimension; i++, point = (point + step) >>> 0) {
    if (point < leastPoint) {
      leastPoint = point;
      least = i;
    }
    if (point > greatestPoint) {
      greatestPoint = point;
      greatest = i;
    }
    if (point >= 2 ** 31) upper++;
  }
  // Shifted by ½, the points of the upper half come before point 0.
  let rank = upper;
  for (let n = 0, i = 0; n < dimension; n++) {
    ranks[i] = rank;
    if (++rank === dimension) rank = 0;
    if (i < dimension - least) i += least;
    else if (i < greatest) i += least - greatest;
    else i -= greatest;
  }
  return ranks;
}
