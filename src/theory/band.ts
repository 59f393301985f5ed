/** LU without pivoting of matrices with four sub- and four superdiagonals, row by row in strips of nine. */

/** Diagonals on each side. */
export const REACH = 4;
export const STRIP = 2 * REACH + 1;

/**
 * Factors rows first … first + n − 1 in place: entry (i, j) at 9(first + i) + (j − i + 4). U replaces the upper part, the multipliers
 * the lower part, the inverse pivots the diagonal. No pivoting: meant for 1/(γh) − J with J diffusion and decay, for which elimination is stable.
 */
export function factorBand(a: Float64Array, first: number, n: number): void {
  const base = STRIP * first;
  for (let i = 0; i < n; i++) {
    const row = base + STRIP * i + REACH;
    const inverse = 1 / a[row];
    a[row] = inverse;
    const reach = Math.min(REACH, n - 1 - i);
    for (let d = 1; d <= reach; d++) {
      const below = row + STRIP * d - d;
      const factor = a[below] * inverse;
      a[below] = factor;
      if (factor !== 0) for (let c = 1; c <= reach; c++) a[below + c] -= factor * a[row + c];
    }
  }
}

/** Solves with the factors; x holds the right-hand side at first … first + n − 1 and the solution afterwards. */
export function solveBand(a: Float64Array, first: number, n: number, x: Float64Array): void {
  const end = first + n;
  for (let i = first; i < end; i++) {
    const row = STRIP * i;
    let sum = x[i];
    if (i - 4 >= first) {
      sum -= a[row] * x[i - 4] + a[row + 1] * x[i - 3] + a[row + 2] * x[i - 2] + a[row + 3] * x[i - 1];
    } else for (let j = first; j < i; j++) sum -= a[row + REACH + j - i] * x[j];
    x[i] = sum;
  }
  for (let i = end - 1; i >= first; i--) {
    const row = STRIP * i + REACH;
    let sum = x[i];
    if (i + 4 < end) {
      sum -= a[row + 1] * x[i + 1] + a[row + 2] * x[i + 2] + a[row + 3] * x[i + 3] + a[row + 4] * x[i + 4];
    } else for (let j = i + 1; j < end; j++) sum -= a[row + j - i] * x[j];
    x[i] = sum * a[row];
  }
}
