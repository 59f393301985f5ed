/** LU without pivoting of matrices with four sub- and four superdiagonals, row by row in strips of nine. */

/** Diagonals on each side. */
export const REACH = 4;
export const STRIP = 2 * REACH + 1;

/**
 * Factors rows first … first + n − 1 in place as L D U, L and U with ones on the diagonal: entry (i, j) at 9(first + i) + (j − i + 4), the inverse of D on the
 * diagonal. Entries beyond the ends of the block are 0. No pivoting: meant for 1/(γh) − J with J diffusion and decay, for which elimination is stable.
 */
export function factorBand(a: Float64Array, first: number, n: number): void {
  const base = STRIP * first;
  for (let i = 0; i < n; i++) {
    const row = base + STRIP * i + REACH;
    const inverse = 1 / a[row];
    a[row] = inverse;
    const u1 = a[row + 1];
    const u2 = a[row + 2];
    const u3 = a[row + 3];
    const u4 = a[row + 4];
    const reach = Math.min(REACH, n - 1 - i);
    for (let d = 1; d <= reach; d++) {
      const below = row + STRIP * d - d;
      const factor = a[below] * inverse;
      if (factor === 0) continue;
      a[below] = factor;
      a[below + 1] -= factor * u1;
      a[below + 2] -= factor * u2;
      a[below + 3] -= factor * u3;
      a[below + 4] -= factor * u4;
    }
    a[row + 1] = u1 * inverse;
    a[row + 2] = u2 * inverse;
    a[row + 3] = u3 * inverse;
    a[row + 4] = u4 * inverse;
  }
}

/**
 * Solves with the factors; x holds the right-hand side at first … first + n − 1 and the solution afterwards. The four values before a row stay in registers and the
 * latest comes last, because each waits for it.
 */
export function solveBand(a: Float64Array, first: number, n: number, x: Float64Array): void {
  let x1 = 0;
  let x2 = 0;
  let x3 = 0;
  let x4 = 0;
  let row = STRIP * first;
  const end = first + n;
  for (let i = first; i < end; i++) {
    const value = x[i] - a[row] * x4 - a[row + 1] * x3 - a[row + 2] * x2 - a[row + 3] * x1;
    x[i] = value;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = value;
    row += STRIP;
  }
  x1 = x2 = x3 = x4 = 0;
  for (let i = end - 1; i >= first; i--) {
    row -= STRIP;
    const value = x[i] * a[row + REACH] - a[row + 8] * x4 - a[row + 7] * x3 - a[row + 6] * x2 - a[row + 5] * x1;
    x[i] = value;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = value;
  }
}
