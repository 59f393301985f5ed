/**
 * The solution that training on n < d samples leads to (docs/theory.md, "Finite data"): with ζ − ζ₀ in the span of the rows and the invariant h = |pq|,
 * β_i = ¼(P_i² e^{−2z_i} − Q_i² e^{2z_i}), z = Xᵀθ, P Q = h, log|P/Q| = log|p₀/q₀|, and Xβ/√d = y: hyperbolic-entropy interpolation (Woodworth et al. 2020,
 * Pesme et al. 2021). θ minimizes the convex D(θ) = Σ_i ⅛(P_i² e^{−2z_i} + Q_i² e^{2z_i}) + √d Σ_j θ_j y_j: damped Newton on n unknowns.
 */
import type { Statistic } from '../expression/statistic.ts';
import { hyperbolicStart } from '../problem/coordinates.ts';
import type { Dataset, Problem } from '../problem/types.ts';
import { Design, dot } from './design.ts';
import type { WeightState } from './means.ts';

const MOST_STEPS = 200;
/** Largest residual of a solution, relative to the labels. */
const SOLVED = 1e-9;
/** Residuals that rounding leaves, in the same measure. */
const ROUNDING = 1e-14;
/** Change of z below which Newton's steps have done what they can. */
const STILL = 1e-13;
/** Numbers of the part of the design that a product is taken of at a time. */
const PART = 2 ** 20;

/**
 * β of the interpolating solution for P² and Q²; null where there is none that could be found (rows that depend on each other). Gives control back now and
 * then. Cost: n²d/2 + n³/6 multiplications a step, some ten steps; memory n² numbers beside the design's own.
 */
export function* interpolate(
  design: Design,
  { dimension: d, b }: Pick<Problem, 'dimension' | 'b'>,
  P: Float64Array,
  Q: Float64Array,
): Generator<void, Float64Array | null> {
  const { samples: n, noise } = design;
  const rootD = Math.sqrt(d);
  const y = new Float64Array(n);
  for (let j = 0; j < n; j++) y[j] = dot(design.row(j), b) / rootD + noise[j];
  const size = Math.sqrt(dot(y, y) / n) || 1;
  const theta = new Float64Array(n);
  const z = new Float64Array(d);
  const move = new Float64Array(d);
  const step = new Float64Array(n);
  const matrix = new Float64Array(n * n);
  const diagonal = new Float64Array(n);
  const beta = new Float64Array(d);
  const root = new Float64Array(d);
  const residual = new Float64Array(n);

  /** D at θ + t·step. */
  const height = (t: number) => {
    let sum = 0;
    for (let i = 0; i < d; i++) {
      const at = 2 * (z[i] + t * move[i]);
      sum += 0.125 * (P[i] * Math.exp(-at) + Q[i] * Math.exp(at));
    }
    for (let j = 0; j < n; j++) sum += rootD * (theta[j] + t * step[j]) * y[j];
    return sum;
  };

  for (let k = 0; k < MOST_STEPS; k++) {
    for (let i = 0; i < d; i++) {
      const [up, down] = [P[i] * Math.exp(-2 * z[i]), Q[i] * Math.exp(2 * z[i])];
      beta[i] = 0.25 * (up - down);
      root[i] = Math.sqrt(0.5 * (up + down));
    }
    let worst = 0;
    for (let j = 0; j < n; j++) {
      residual[j] = dot(design.row(j), beta) / rootD - y[j];
      worst = Math.max(worst, Math.abs(residual[j]));
    }
    yield;
    yield* normalMatrix(design, root, matrix);
    // Where fewer coordinates than rows are large the matrix is singular to rounding: a ridge keeps the step one of descent.
    let trace = 0;
    for (let j = 0; j < n; j++) {
      diagonal[j] = matrix[j * n + j];
      trace += diagonal[j] / n;
    }
    let ridge = 0;
    while (!(yield* decompose(matrix, n, diagonal, ridge * trace))) {
      ridge = ridge === 0 ? 1e-16 : 10 * ridge;
      if (!(ridge < 1e-4)) return worst <= SOLVED * size ? beta : null;
    }
    for (let j = 0; j < n; j++) step[j] = rootD * residual[j];
    substituteBoth(matrix, n, step);
    move.fill(0);
    for (let j = 0; j < n; j++) {
      const x = design.row(j);
      for (let i = 0; i < d; i++) move[i] += step[j] * x[i];
    }
    const largest = move.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (!(largest < Number.POSITIVE_INFINITY)) return null;
    if (largest <= STILL || worst <= ROUNDING * size) return worst <= SOLVED * size ? beta : null;
    // The slope of D along the step is −step·√d·residual.
    const slope = -rootD * dot(step, residual);
    const before = height(0);
    // Near the solution D does not show the descent any more.
    const slack = 1e-13 * Math.abs(before);
    let t = Math.min(1, 2 / largest);
    while (!(height(t) <= before + 1e-4 * t * slope + slack) && t > 1e-12) t *= 0.5;
    for (let j = 0; j < n; j++) theta[j] += t * step[j];
    for (let i = 0; i < d; i++) z[i] += t * move[i];
  }
  return null;
}

/** X diag(root²) Xᵀ, its upper half. */
function* normalMatrix(design: Design, root: Float64Array, out: Float64Array): Generator<void, void> {
  const { samples: n, dimension: d } = design;
  const width = Math.max(1, Math.min(d, Math.floor(PART / n)));
  const part = new Float64Array(n * width);
  out.fill(0);
  for (let first = 0; first < d; first += width) {
    const count = Math.min(width, d - first);
    design.columns(first, count, part);
    for (let j = 0; j < n; j++) for (let i = 0; i < count; i++) part[j * count + i] *= root[first + i];
    for (let j = 0; j < n; j++) {
      const x = part.subarray(j * count, (j + 1) * count);
      for (let k = 0; k <= j; k++) out[k * n + j] += dot(x, part.subarray(k * count, (k + 1) * count));
      if (j % 16 === 0) yield;
    }
  }
}

/**
 * The factor L of L Lᵀ = A + ridge·1 (Cholesky), into the lower half of `a` whose upper half is that of A, with the diagonal of A beside; false where it is
 * not positive definite, and then A is still there.
 */
function* decompose(a: Float64Array, n: number, diagonal: Float64Array, ridge: number): Generator<void, boolean> {
  for (let j = 0; j < n; j++) {
    const own = a.subarray(j * n, j * n + j);
    for (let k = 0; k < j; k++) {
      const above = dot(a.subarray(k * n, k * n + k), own.subarray(0, k));
      own[k] = (a[k * n + j] - above) / a[k * n + k];
    }
    const pivot = diagonal[j] + ridge - dot(own, own);
    if (!(pivot > 0)) return false;
    a[j * n + j] = Math.sqrt(pivot);
    if (j % 16 === 0) yield;
  }
  return true;
}

/** x ← (L Lᵀ)⁻¹ x. */
function substituteBoth(a: Float64Array, n: number, x: Float64Array): void {
  for (let i = 0; i < n; i++) x[i] = (x[i] - dot(a.subarray(i * n, i * n + i), x.subarray(0, i))) / a[i * n + i];
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= a[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= a[i * n + k] * x[i];
  }
}

/** What is told of an end of training, in this order. */
export const INTERPOLATION = ['l1', 'risk', 'distance', 'initialL1', 'initialRisk', 'initialDistance'] as const;

/** As statistics that are known at the last save time alone, so that they are averaged, merged and kept as all others. */
export const interpolationStatistics: readonly Statistic[] = INTERPOLATION.map((name, k) => ({
  name: `_interpolation_${name}`,
  moments: [],
  finish: (_, { interpolation }) => interpolation?.[k] ?? Number.NaN,
}));

/** ℓ¹ norm, risk and mean squared distance to `own` of a solution. */
function measured(
  { dimension: d, lambda, b, labelNoise, data }: Problem,
  beta: Float64Array,
  own: Float64Array,
): number[] {
  let [l1, risk, distance] = [0, 0, 0];
  for (let i = 0; i < d; i++) {
    l1 += Math.abs(beta[i]);
    risk += lambda[i] * (beta[i] - b[i]) ** 2;
    distance += (beta[i] - own[i]) ** 2;
  }
  const known = data?.kind !== 'files' || data.knowsTarget;
  return [l1 / d, known ? 0.5 * (risk / d + labelNoise ** 2) : Number.NaN, distance / d];
}

const NOTHING = [Number.NaN, Number.NaN, Number.NaN];

/** The solutions of one problem: that of its start once a dataset, that of an end for each end. */
export class Interpolation {
  readonly #problem: Problem;
  readonly #dataset: Dataset;
  readonly #start: WeightState;
  #of = -1;
  #design: Design | null = null;
  #initial: Float64Array | null = null;

  constructor(problem: Problem, dataset: Dataset) {
    this.#problem = problem;
    this.#dataset = dataset;
    this.#start = hyperbolicStart(problem);
  }

  /** [INTERPOLATION] of a path that ended here; NaN where there is none: where some |pq| is 0 at the start its share at the end is not known. */
  *end({ p, q }: WeightState, replica: number): Generator<void, number[]> {
    const problem = this.#problem;
    const { dimension: d, data } = problem;
    const { p: p0, q: q0 } = this.#start;
    const number = data?.kind === 'finite' && !data.shared ? replica : 0;
    if (number !== this.#of || this.#design === null) {
      this.#of = number;
      this.#design = new Design(this.#dataset, problem, replica);
      this.#initial = yield* interpolate(
        this.#design,
        problem,
        Float64Array.from(p0, (x) => x * x),
        Float64Array.from(q0, (x) => x * x),
      );
    }
    const own = Float64Array.from(p, (x, i) => 0.25 * (x - q[i]) * (x + q[i]));
    const P = new Float64Array(d);
    const Q = new Float64Array(d);
    let known = true;
    for (let i = 0; i < d; i++) {
      const h = Math.abs(p0[i] * q0[i]);
      if (h === 0 && (p0[i] !== 0 || q0[i] !== 0)) known = false;
      const ratio = h === 0 ? 1 : Math.abs(p[i] * q[i]) / h;
      P[i] = p0[i] * p0[i] * ratio;
      Q[i] = q0[i] * q0[i] * ratio;
    }
    const final = known ? yield* interpolate(this.#design, problem, P, Q) : null;
    const of = (beta: Float64Array | null) => (beta ? measured(problem, beta, own) : NOTHING);
    return [...of(final), ...of(this.#initial)];
  }
}
