/**
 * The layout of a problem: d values of λ, b, u and v that stand for independent quantities with their laws, as nearly as d equal weights can.
 *
 * λ increases with i. A Gaussian b, u or v takes the values of `normals.ts`, in an order of low discrepancy (`net.ts`), changed in places so that means of
 * products factorize (`exchange.ts`). What is not Gaussian is laid out by itself: spectra in `spectrum.ts`, sparse targets in `support.ts`.
 */

import { hyperbolicOf } from '../../dynamics/index.ts';
import type { ExperimentProblem } from '../experiment.ts';
import type { Parametrization, Problem } from '../types.ts';
import { exchange } from './exchange.ts';
import { arrange, Dimension } from './net.ts';
import { normalScores } from './normals.ts';
import type { Columns } from './polynomials.ts';
import { layCovariance } from './spectrum.ts';
import { laySupport } from './support.ts';
import { gaussianStartMoments, independentMeans, startMomentsOf } from './targets.ts';

export { layCovariance };

/** O(d) time. */
export function layOut(
  problem: ExperimentProblem,
  parametrization: Parametrization,
): Pick<Problem, 'lambda' | 'b' | 'u0' | 'v0'> {
  const { dimension, covariance, target, initialization: start } = problem;
  const lambda = layCovariance(covariance, dimension);
  const isTargetLaid = target.kind === 'gaussian' && target.scale > 0;
  const isStartLaid = start.kind === 'gaussian' && start.scale > 0;
  const scores = isTargetLaid || isStartLaid ? normalScores(dimension) : new Float64Array(0);
  const order = covariance.kind === 'values' && scores.length > 0 ? increasing(lambda) : null;

  // Where nothing is Gaussian the even spread of the support is kept if it is good enough.
  const b = layTarget(problem, lambda, isStartLaid ? 0.5 : 2);
  if (isTargetLaid) arrange(scaled(scores, target.scale), Dimension.target, order && [order], b);
  const { u0, v0 } = layStart(problem);
  if (isStartLaid) {
    const values = scaled(scores, start.scale);
    const strata = target.kind === 'sparse' ? supportAndRest(b, order) : order && [order];
    arrange(values, Dimension.u, strata, u0);
    if (parametrization !== 'square') arrange(values, Dimension.v, strata, v0);
    if (parametrization === 'product') separate(u0, v0, start.scale);
  }
  if (isTargetLaid || isStartLaid) makeIndependent(problem, parametrization, [lambda, b, u0, v0], scores);
  return { lambda, b, u0, v0 };
}

/** b, unless it is Gaussian: then 0. */
function layTarget(
  { target, covariance, dimension }: ExperimentProblem,
  lambda: Float64Array,
  mostMiss: number,
): Float64Array {
  switch (target.kind) {
    case 'sparse':
      return laySupport(target, covariance, lambda, mostMiss);
    case 'constant':
      return new Float64Array(dimension).fill(target.value);
    case 'gaussian':
      return new Float64Array(dimension);
    case 'values':
      return Float64Array.from(target.values);
    case 'unknown':
      throw new TypeError('the target of data from files is laid out with them');
  }
}

/** u and v, unless they are Gaussian: then 0. */
function layStart({ dimension, initialization: start }: ExperimentProblem): Pick<Problem, 'u0' | 'v0'> {
  const [u0, v0] = [new Float64Array(dimension), new Float64Array(dimension)];
  switch (start.kind) {
    case 'constant':
      return { u0: u0.fill(start.u), v0: v0.fill(start.v) };
    case 'values':
      return { u0: Float64Array.from(start.u), v0: start.v ? Float64Array.from(start.v) : v0 };
    case 'gaussian':
      return { u0, v0 };
  }
}

function makeIndependent(
  { target, initialization: start }: ExperimentProblem,
  parametrization: Parametrization,
  columns: Columns,
  scores: Float64Array,
): void {
  const [lambda, b, u0, v0] = columns;
  const isTargetLaid = target.kind === 'gaussian';
  const isStartLaid = start.kind === 'gaussian';
  const hyperbolic = hyperbolicOf(parametrization);
  const startMoments = () =>
    isStartLaid
      ? gaussianStartMoments(hyperbolic!, start.scale, powerMean(scores, 4), powerMean(scores, 6))
      : startMomentsOf(hyperbolic!, u0, v0);
  exchange({
    parametrization: hyperbolic ?? 'product',
    columns,
    movable: [...(isTargetLaid ? [1] : []), ...(isStartLaid ? (parametrization === 'square' ? [2] : [2, 3]) : [])],
    good: 0.1 + 60 / lambda.length,
    // Other models have no limit to be near to.
    wanted: hyperbolic && independentMeans(hyperbolic, momentsOf(lambda), momentsOf(b), startMoments()),
  });
}

/** Mean and mean square. */
function momentsOf(x: Float64Array): [number, number] {
  let [first, second] = [0, 0];
  for (const value of x) {
    first += value;
    second += value * value;
  }
  return [first / x.length, second / x.length];
}

function powerMean(x: Float64Array, n: 4 | 6): number {
  let sum = 0;
  for (const value of x) {
    const square = value * value;
    sum += n === 4 ? square * square : square * square * square;
  }
  return sum / x.length;
}

function scaled(values: Float64Array, scale: number): Float64Array {
  return values.map((value) => scale * value);
}

/** Coordinates in the order of the spectrum. */
function increasing(lambda: Float64Array): Uint32Array {
  return Uint32Array.from(lambda, (_, i) => i).sort((i, j) => lambda[i] - lambda[j] || i - j);
}

/** The support of a sparse target and its complement, each in the order of the spectrum. */
function supportAndRest(b: Float64Array, order: Uint32Array | null): Uint32Array[] {
  const all = order ?? Uint32Array.from(b, (_, i) => i);
  return [all.filter((i) => b[i] !== 0), all.filter((i) => b[i] === 0)].filter((stratum) => stratum.length > 0);
}

/**
 * u and v have the same values, so some coordinate may be given u = ±v, where log|u² − v²| is −∞: an accident that has no mass in
 * the limit. It changes its v with the next coordinate for which both then differ; where there is none (d = 2), its v
 * moves by a quarter of scale/d. A single coordinate keeps u = v.
 */
function separate(u: Float64Array, v: Float64Array, scale: number): void {
  const d = u.length;
  if (d === 1) return;
  const differ = (i: number, j: number) => Math.abs(u[i]) !== Math.abs(v[j]);
  for (let i = 0; i < d; i++) {
    if (differ(i, i)) continue;
    let n = 1;
    while (n < d && !(differ(i, (i + n) % d) && differ((i + n) % d, i))) n++;
    const j = (i + n) % d;
    if (n < d) [v[i], v[j]] = [v[j], v[i]];
    else v[i] += scale / (4 * d);
  }
}
