/** An estimate of risk and curvature from a batch of mean-field paths, with or without a control variate. */
import { type Grid, type PathClass, Paths } from './paths.ts';
import { PATHS } from './samplers.ts';

/** Weights of the linearized path: δζ_T = Σ c_k z_k, with the drift linearized around the path without noise. */
export function linearized(of: PathClass, { gTau, increments }: Grid): Float64Array {
  const n = gTau.length;
  const mean = new Paths(of, 1);
  const decay = new Float64Array(n);
  mean.p[0] = of.p;
  mean.q[0] = of.q;
  const still = new Float64Array(1);
  for (let k = 0; k < n; k++) {
    // d/dζ of λ(β − b) is λκ on the hyperbola.
    decay[k] = Math.exp(-gTau[k] * of.lambda * 0.5 * (mean.p[0] ** 2 + mean.q[0] ** 2));
    const one = new Paths({ ...of, p: mean.p[0], q: mean.q[0] }, 1);
    one.run({ gTau: gTau.subarray(k, k + 1), increments: increments.subarray(k, k + 1) }, still);
    mean.p[0] = one.p[0];
    mean.q[0] = one.q[0];
  }
  const c = new Float64Array(n);
  let after = 1;
  for (let k = n - 1; k >= 0; k--) {
    c[k] = Math.sqrt(2 * of.lambda * increments[k]) * after * Math.sqrt(decay[k]);
    after *= decay[k];
  }
  return c;
}

export type Estimate = readonly [squaredError: number, curvature: number];

/** Mean over a batch; `control`: regression on δζ_T and its square, whose means are known. */
export function batchMean(paths: Paths, grid: Grid, z: Float64Array, control: Float64Array | null): Estimate {
  paths.run(grid, z);
  if (control === null) {
    let squares = 0;
    let curvature = 0;
    for (let i = 0; i < PATHS; i++) {
      squares += paths.squaredError(i);
      curvature += paths.curvature(i);
    }
    return [squares / PATHS, curvature / PATHS];
  }
  const x = new Float64Array(PATHS);
  let variance = 0;
  for (let k = 0; k < control.length; k++) {
    const c = control[k];
    variance += c * c;
    for (let i = 0; i < PATHS; i++) x[i] += c * z[k * PATHS + i];
  }
  // The coefficients of each half come from the other, so that they are independent of what they correct: no bias.
  const half = PATHS / 2;
  const fits = [0, half].map((from) => regress(paths, x, variance, from, from + half));
  return [0, 1].map((which) => {
    const corrected = fits.map((own, h) => {
      const [w1, w2] = fits[1 - h].coefficients[which];
      return own.means[which] - w1 * own.x1 - w2 * own.x2;
    });
    return (corrected[0] + corrected[1]) / 2;
  }) as unknown as Estimate;
}

/** Means over paths from … to − 1, and least-squares coefficients of both statistics on δζ_T and δζ_T² − E δζ_T². */
function regress(paths: Paths, x: Float64Array, variance: number, from: number, to: number) {
  const n = to - from;
  let [x1, x2] = [0, 0];
  const means = [0, 0];
  for (let i = from; i < to; i++) {
    x1 += x[i] / n;
    x2 += (x[i] * x[i] - variance) / n;
    means[0] += paths.squaredError(i) / n;
    means[1] += paths.curvature(i) / n;
  }
  let [aa, ab, bb] = [0, 0, 0];
  const ay = [0, 0];
  const by = [0, 0];
  for (let i = from; i < to; i++) {
    const a = x[i] - x1;
    const b = x[i] * x[i] - variance - x2;
    const y = [paths.squaredError(i) - means[0], paths.curvature(i) - means[1]];
    aa += a * a;
    ab += a * b;
    bb += b * b;
    for (const k of [0, 1]) {
      ay[k] += a * y[k];
      by[k] += b * y[k];
    }
  }
  const determinant = aa * bb - ab * ab;
  const coefficients = [0, 1].map((k) => [
    (ay[k] * bb - by[k] * ab) / determinant,
    (by[k] * aa - ay[k] * ab) / determinant,
  ]);
  return { means, x1, x2, coefficients };
}
