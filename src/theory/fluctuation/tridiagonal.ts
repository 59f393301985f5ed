/** Tridiagonal systems (Thomas' algorithm without pivoting): meant for 1 − θA with A a discrete diffusion, which is diagonally dominant. */

/**
 * Factors the n × n matrix with `lower` (i, i−1), `diagonal` and `upper` (i, i+1), all at offset `first`, in place: afterwards
 * `lower` holds the multipliers and `diagonal` the inverse pivots.
 */
export function factorTridiagonal(
  lower: Float64Array,
  diagonal: Float64Array,
  upper: Float64Array,
  first: number,
  n: number,
): void {
  diagonal[first] = 1 / diagonal[first];
  for (let i = first + 1; i < first + n; i++) {
    lower[i] *= diagonal[i - 1];
    diagonal[i] = 1 / (diagonal[i] - lower[i] * upper[i - 1]);
  }
}

/** Solves with the factors at `first`; x at `at` holds the right-hand side and then the solution. */
export function solveTridiagonal(
  lower: Float64Array,
  diagonal: Float64Array,
  upper: Float64Array,
  first: number,
  n: number,
  x: Float64Array,
  at: number,
): void {
  for (let i = 1; i < n; i++) x[at + i] -= lower[first + i] * x[at + i - 1];
  x[at + n - 1] *= diagonal[first + n - 1];
  for (let i = n - 2; i >= 0; i--) x[at + i] = (x[at + i] - upper[first + i] * x[at + i + 1]) * diagonal[first + i];
}
