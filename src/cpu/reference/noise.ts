/** One step's noise and explicit drift, coordinate by coordinate (docs/paths.md, "SDE"); z_i is z[i − lo], I = ∫ g²R/m dt of the step. */

/** The exact Gaussian step of Strang splitting: log|p| ← log|p| − λI + √(2λI) z, log|pq| ← log|pq| − 2λI. */
export function noiseStep(
  p: Float64Array,
  q: Float64Array,
  lambda: Float64Array,
  z: Float64Array,
  lo: number,
  hi: number,
  I: number,
): void {
  const twoI = 2 * I;
  for (let i = lo; i < hi; i++) {
    const half = lambda[i] * I;
    const n = Math.sqrt(lambda[i] * twoI) * z[i - lo];
    p[i] *= Math.exp(n - half);
    q[i] *= Math.exp(-n - half);
  }
}

/** Euler–Maruyama in ζ: log|p| ← log|p| − gλeτ − λI + √(2λI) z, log|pq| ← log|pq| − 2λI. gTau = gτ. */
export function eulerStep(
  p: Float64Array,
  q: Float64Array,
  b: Float64Array,
  lambda: Float64Array,
  z: Float64Array,
  lo: number,
  hi: number,
  gTau: number,
  I: number,
): void {
  const twoI = 2 * I;
  for (let i = lo; i < hi; i++) {
    const e = 0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i];
    const half = lambda[i] * I;
    const n = Math.sqrt(lambda[i] * twoI) * z[i - lo] - gTau * lambda[i] * e;
    p[i] *= Math.exp(n - half);
    q[i] *= Math.exp(-n - half);
  }
}

/** Euler–Maruyama in (u, v): p ← p(1 − α), q ← q(1 + α), α = gλeτ − √(2λI) z. gTau = gτ. */
export function eulerUvStep(
  p: Float64Array,
  q: Float64Array,
  b: Float64Array,
  lambda: Float64Array,
  z: Float64Array,
  lo: number,
  hi: number,
  gTau: number,
  I: number,
): void {
  const twoI = 2 * I;
  for (let i = lo; i < hi; i++) {
    const e = 0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i];
    const alpha = gTau * lambda[i] * e - Math.sqrt(lambda[i] * twoI) * z[i - lo];
    p[i] *= 1 - alpha;
    q[i] *= 1 + alpha;
  }
}
