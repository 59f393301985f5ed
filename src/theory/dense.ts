/** Small dense systems: LU with partial pivoting, row by row in place; two unknowns by Cramer's rule. */

export class DenseSystem {
  readonly size: number;
  /** Entry (i, j) at size·i + j; `factor` overwrites it. */
  readonly matrix: Float64Array;
  readonly #order: Int32Array;
  readonly #solution: Float64Array;
  #determinant = 0;

  constructor(size: number) {
    this.size = size;
    this.matrix = new Float64Array(size * size);
    this.#order = new Int32Array(size);
    this.#solution = new Float64Array(size);
  }

  factor(): void {
    const { size: n, matrix: a } = this;
    if (n === 2) {
      this.#determinant = a[0] * a[3] - a[1] * a[2];
      return;
    }
    for (let k = 0; k < n; k++) {
      let pivot = k;
      for (let i = k + 1; i < n; i++) if (Math.abs(a[n * i + k]) > Math.abs(a[n * pivot + k])) pivot = i;
      this.#order[k] = pivot;
      if (pivot !== k) for (let j = 0; j < n; j++) [a[n * k + j], a[n * pivot + j]] = [a[n * pivot + j], a[n * k + j]];
      for (let i = k + 1; i < n; i++) {
        const factor = a[n * i + k] / a[n * k + k];
        a[n * i + k] = factor;
        for (let j = k + 1; j < n; j++) a[n * i + j] -= factor * a[n * k + j];
      }
    }
  }

  /** Solves in place with the factors. */
  solve(x: Float64Array): void {
    const { size: n, matrix: a } = this;
    if (n === 2) {
      const first = (x[0] * a[3] - a[1] * x[1]) / this.#determinant;
      x[1] = (a[0] * x[1] - a[2] * x[0]) / this.#determinant;
      x[0] = first;
      return;
    }
    const y = this.#solution;
    y.set(x);
    for (let k = 0; k < n; k++) {
      const pivot = this.#order[k];
      if (pivot !== k) [y[k], y[pivot]] = [y[pivot], y[k]];
    }
    for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) y[i] -= a[n * i + j] * y[j];
    for (let i = n - 1; i >= 0; i--) {
      for (let j = i + 1; j < n; j++) y[i] -= a[n * i + j] * y[j];
      y[i] /= a[n * i + i];
    }
    x.set(y);
  }
}
