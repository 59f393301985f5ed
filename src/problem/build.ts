/** Resolved experiment → problem: deterministic layouts of spectrum, target and start, as close to their laws as d numbers can be. */
import { pow } from '../elementary/index.ts';
import { ExperimentError } from './errors.ts';
import type { Experiment, ExperimentProblem } from './experiment.ts';
import { Direction, kroneckerRanks } from './lowdiscrepancy.ts';
import { marchenkoPasturQuantiles } from './marchenkopastur.ts';
import { normalQuantile } from './normalquantile.ts';
import { normalizeParametrization, normalizeStepSize } from './schedule.ts';
import type { Problem } from './types.ts';

/**
 * The problem of an experiment. λ increases with i; target and start are independent of it and of each other: exactly where
 * they are constant, to O(1/d) for a sparse target, to O(log d/d) between spectrum and Gaussian laws and to O(log² d/d) between
 * two of those (`lowdiscrepancy.ts`). O(d) time, 32 bytes a coordinate.
 * Throws `ExperimentError` if the arrays do not fit in memory.
 */
export function buildProblem(experiment: Experiment): Problem {
  const { problem, stepSize, horizon, momentum, statistics } = experiment;
  const { dimension, labelNoise, batchSize, features } = problem;
  const parametrization = normalizeParametrization(problem.parametrization);
  try {
    const lambda = layCovariance(problem.covariance, dimension);
    const b = layTarget(problem.target, dimension);
    const { u0, v0 } = layStart(problem, b);
    return {
      dimension,
      lambda,
      b,
      u0,
      v0,
      parametrization,
      labelNoise,
      batchSize,
      features: typeof features === 'string' ? { kind: features } : features,
      stepSize: normalizeStepSize(stepSize, statistics),
      ...(momentum && { momentum }),
      horizon,
    };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const gigabytes = ((32 * dimension) / 1e9).toPrecision(2);
    throw new ExperimentError(
      'problem.dimension',
      `must fit in memory, which cannot give the ${gigabytes} GB needed`,
      `${dimension}`,
    );
  }
}

/** λ, increasing except for `values`. */
export function layCovariance(covariance: ExperimentProblem['covariance'], dimension: number): Float64Array {
  switch (covariance.kind) {
    case 'identity':
      return new Float64Array(dimension).fill(1);
    case 'power-law':
      return powerLaw(covariance.exponent, dimension);
    case 'marchenko-pastur':
      // Pure quantiles: their mean is 1 + O(d^(−5/3)), not rescaled.
      return marchenkoPasturQuantiles(covariance.ratio, dimension);
    case 'two-level': {
      const high = Math.round(covariance.fraction * dimension);
      return new Float64Array(dimension).fill(covariance.low).fill(covariance.high, dimension - high);
    }
    case 'values':
      return Float64Array.from(covariance.values);
  }
}

/** (i/d)^a, i = 1 … d, over its mean; increasing. The largest term is 1 before scaling, so nothing overflows. */
function powerLaw(exponent: number, dimension: number): Float64Array {
  const result = new Float64Array(dimension);
  const scale = exponent < 0 ? 1 : dimension;
  for (let i = 0; i < dimension; i++) result[i] = pow((exponent < 0 ? dimension - i : i + 1) / scale, exponent);
  const mean = sum(result) / dimension;
  for (let i = 0; i < dimension; i++) result[i] /= mean;
  return result;
}

/** Compensated (Neumaier), so that the mean is exactly 1 to rounding at any d. */
function sum(values: Float64Array): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** b. */
export function layTarget(target: ExperimentProblem['target'], dimension: number): Float64Array {
  switch (target.kind) {
    case 'sparse': {
      const b = new Float64Array(dimension);
      const nonzero = Math.round(target.fraction * dimension);
      // Bresenham: coordinate i is in the support where i·n/d + ½ passes an integer; any run of coordinates holds its share ± 1.
      let before = 0;
      for (let i = 0; i < dimension; i++) {
        const after = Math.floor(((i + 1) * nonzero) / dimension + 0.5);
        if (after > before) b[i] = target.value;
        before = after;
      }
      return b;
    }
    case 'constant':
      return new Float64Array(dimension).fill(target.value);
    case 'gaussian': {
      const b = new Float64Array(dimension);
      arrange(normalQuantiles(dimension, target.scale), Direction.target, undefined, b);
      return b;
    }
    case 'values':
      return Float64Array.from(target.values);
  }
}

function layStart(problem: ExperimentProblem, b: Float64Array): Pick<Problem, 'u0' | 'v0'> {
  const { dimension, initialization: start } = problem;
  const parametrization = normalizeParametrization(problem.parametrization);
  const v0 = new Float64Array(dimension);
  switch (start.kind) {
    case 'constant':
      return { u0: new Float64Array(dimension).fill(start.u), v0: v0.fill(start.v) };
    case 'values':
      return { u0: Float64Array.from(start.u), v0: start.v ? Float64Array.from(start.v) : v0 };
    case 'gaussian': {
      const u0 = new Float64Array(dimension);
      const groups = problem.target.kind === 'sparse' ? supportAndRest(b) : [undefined];
      for (const group of groups) {
        const quantiles = normalQuantiles(group?.length ?? dimension, start.scale);
        // p = 2u or q = 2v of 0 has no logarithm, and no mass in the limit either.
        const middle = (quantiles.length - 1) / 2;
        if (parametrization === 'difference' && quantiles[middle] === 0)
          quantiles[middle] = start.scale * normalQuantile(0.5 + 0.125 / quantiles.length);
        arrange(quantiles, Direction.u, group, u0);
        if (parametrization === 'square') continue;
        arrange(quantiles, Direction.v, group, v0);
        if (parametrization === 'product' && start.scale > 0) separate(u0, v0, group, start.scale);
      }
      return { u0, v0 };
    }
  }
}

/**
 * u and v have the same quantiles, so some coordinate may be given u = ±v, where log|u² − v²| is −∞: an accident that has no mass in
 * the limit. It changes its v with the next coordinate of the group for which both then differ; where there is none (groups of two), its v
 * moves by a quarter of scale/length. A coordinate alone in its group keeps u = v = 0.
 */
function separate(u: Float64Array, v: Float64Array, group: Uint32Array | undefined, scale: number): void {
  const length = group?.length ?? u.length;
  if (length === 1) return;
  const at = (k: number) => (group ? group[k % length] : k % length);
  const differ = (i: number, j: number) => Math.abs(u[i]) !== Math.abs(v[j]);
  for (let k = 0; k < length; k++) {
    const i = at(k);
    if (differ(i, i)) continue;
    let n = 1;
    while (n < length && !(differ(i, at(k + n)) && differ(at(k + n), i))) n++;
    const j = at(k + n);
    if (n < length) [v[i], v[j]] = [v[j], v[i]];
    else v[i] += scale / (4 * length);
  }
}

/**
 * The support of a sparse target and its complement. A Gaussian start is laid out on each by itself: a fraction near one of the
 * directions would otherwise tie start and target together.
 */
function supportAndRest(b: Float64Array): Uint32Array[] {
  const support: number = b.reduce((n, value) => n + (value === 0 ? 0 : 1), 0);
  const groups = [new Uint32Array(support), new Uint32Array(b.length - support)];
  const filled = [0, 0];
  b.forEach((value, i) => {
    const side = value === 0 ? 1 : 0;
    groups[side][filled[side]++] = i;
  });
  return groups.filter((group) => group.length > 0);
}

/** scale·Φ⁻¹((i + ½)/d), i = 0 … d − 1; exactly antisymmetric. */
function normalQuantiles(dimension: number, scale: number): Float64Array {
  const result = new Float64Array(dimension);
  for (let i = 0; 2 * i + 1 < dimension; i++) {
    const value = scale * normalQuantile((i + 0.5) / dimension);
    result[i] = value;
    result[dimension - 1 - i] = -value;
  }
  return result;
}

/** Writes the values, in the order of a Kronecker sequence, to the coordinates of the group (to all, if none is given). */
function arrange(values: Float64Array, direction: number, group: Uint32Array | undefined, out: Float64Array): void {
  const ranks = kroneckerRanks(values.length, direction);
  if (group) for (let j = 0; j < ranks.length; j++) out[group[j]] = values[ranks[j]];
  else for (let i = 0; i < ranks.length; i++) out[i] = values[ranks[i]];
}
