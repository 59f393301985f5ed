/** Gradient flow: the drift alone, in closed form (docs/theory.md, "Drift flow in closed form"), per distinct coordinate. */

import type { Moment } from '../expression/expression.ts';
import type { Statistic } from '../expression/statistic.ts';
import { type DistinctCoordinates, groupCoordinates } from '../problem/coordinates.ts';
import { gain } from '../problem/hyperbolic.ts';
import { stepSizeIntegral } from '../problem/schedule.ts';
import type { Problem } from '../problem/types.ts';
import { contextAt } from '../statistics/context.ts';
import { collectMoments, finishStatistics } from '../statistics/resolve.ts';
import { Averager } from './averages.ts';
import { drive } from './drive.ts';
import { pointClass } from './law/law.ts';
import type { LimitClass } from './law/types.ts';
import { FAR, Frame, logAhead, originOf, type Population, populationOf } from './population.ts';
import { CoordinateReader } from './reader.ts';

/** Distinct coordinates taken together, between which control is given back. */
const CHUNK = 4096;

export interface FlowOptions {
  /** Save times: increasing, the first is 0. */
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  readonly signal?: AbortSignal;
  onProgress?(t: number): void;
}

export interface FlowSolution {
  readonly times: Float64Array;
  /** [statistic][time]. */
  readonly values: Float64Array[];
}

/**
 * Every statistic along gradient flow of the finite problem, u̇ = −γ∇_u R, v̇ = −γ∇_v R, exact to rounding at every save time.
 * Cost O(distinct coordinates · times · moments).
 */
export async function solveFlow(problem: Problem, options: FlowOptions): Promise<FlowSolution> {
  const { times, statistics } = options;
  const table = collectMoments(statistics);
  const values = statistics.map(() => new Float64Array(times.length));
  const factor = gain(problem.parametrization);
  const taus = Array.from(times, (t) => factor * stepSizeIntegral(problem.stepSize, t, problem.horizon));
  const last = times[times.length - 1];

  function* work(): Generator<void, void> {
    const distinct = yield* groupCoordinates(problem);
    const total = distinct.lambda.length;
    const resting: LimitClass[] = [];
    for (let first = 0; first < total; first += CHUNK) {
      for (const one of populationOf(problem, classesOf(problem, distinct, first)).resting) resting.push(one);
      yield;
    }
    /** [time][moment], summed in the order of the coordinates: those at rest, then the others, some at a time. */
    let means: Float64Array[] | undefined;
    for (let first = 0; first < total; first += CHUNK) {
      const { moving } = populationOf(problem, classesOf(problem, distinct, first));
      if (!means) {
        const still = new Averager(moving, resting, table.moments).resting;
        means = taus.map(() => still.slice());
      }
      const reader = new CoordinateReader(moving);
      const start = Float64Array.from(moving.classes, ({ start }, c) => {
        const logP = start.kind === 'point' ? start.logP : Number.NaN;
        return logP - (moving.frame[c] === Frame.hyperbola ? 0.5 * moving.s0[c] : 0) - originOf(moving, c, 0);
      });
      for (const [i, tau] of taus.entries()) {
        addMeans(means[i], tau, moving, reader, start, table.moments);
        options.onProgress?.(last * ((first + ((i + 1) / taus.length) * Math.min(CHUNK, total - first)) / total));
        yield;
      }
    }
    const out = new Float64Array(statistics.length);
    for (let i = 0; i < times.length; i++) {
      const context = contextAt(problem, times[i]);
      finishStatistics(statistics, table, means![i], context, out);
      for (let k = 0; k < out.length; k++) values[k][i] = out[k];
    }
  }
  await drive(work(), options.signal);
  return { times, values };
}

/** The classes of at most `CHUNK` distinct coordinates from the `first` on. */
function classesOf(problem: Problem, distinct: DistinctCoordinates, first: number): LimitClass[] {
  const { lambda, b, u0, v0, count } = distinct;
  return Array.from({ length: Math.min(CHUNK, lambda.length - first) }, (_, k) => {
    const i = first + k;
    const weight = count[i] / problem.dimension;
    return pointClass(problem.parametrization, { weight, lambda: lambda[i], b: b[i], u: u0[i], v: v0[i] });
  });
}

/** means[k] += ω φ_k after gradient flow with ∫g dt = τ, of every class. */
function addMeans(
  means: Float64Array,
  tau: number,
  moving: Population,
  reader: CoordinateReader,
  start: Float64Array,
  moments: readonly Moment[],
): void {
  for (let c = 0; c < start.length; c++) {
    reader.begin(c, 0);
    const at = reader.read(flowed(moving.frame[c], moving.lambda[c], moving.b[c], moving.s0[c], start[c], tau));
    for (let k = 0; k < means.length; k++) means[k] += moving.weight[c] * moments[k].evaluate(at);
  }
}

/**
 * δ after gradient flow with ∫g dt = τ. With E = e^{2δ} − 1, ρ₊ = A₊ and |ρ₋| = |A₋| (docs/paths.md, "strang", step 1) the ratio
 * E/(A₊(1 + E) + |A₋|) decays as e^{−ωτ}, ω = λ√(4b² + h²); with b ≤ 0 and h = 0 it is A = p² itself that obeys Ȧ = −½λA(A − 4b).
 */
export function flowed(frame: number, lambda: number, b: number, s: number, delta: number, tau: number): number {
  if (frame === Frame.escaping) {
    // log p² ← log p² − 2|b|λτ − log(1 + p²(1 − e^{−2|b|λτ})/(4|b|)).
    const square = Math.exp(2 * delta);
    const x = 2 * Math.abs(b) * lambda * tau;
    const grown = b === 0 ? 0.5 * lambda * tau : -Math.expm1(-x) / (4 * Math.abs(b));
    return delta - 0.5 * (x + Math.log1p(square * grown));
  }
  const h = Math.exp(s);
  const root = Math.hypot(h, 2 * b);
  const far = 2 * Math.abs(delta);
  if (far > FAR) {
    // E overflows or A₊ underflows: the same in logarithms, divided by |A₋| + A₊ = 2·root.
    const x = lambda * root * tau;
    const share = root > 0 ? -Math.expm1(-x) / (2 * root) : 0.5 * lambda * tau;
    const logNext = far - x - Math.log1p(share * Math.exp(far + logAhead(b, s, delta)));
    return (delta < 0 ? -0.5 : 0.5) * (logNext > FAR ? logNext : Math.log1p(Math.exp(logNext)));
  }
  if (root === 0) return delta; // h underflows: nothing moves
  const large = root + 2 * Math.abs(b);
  const small = large > 0 ? (h / large) * h : 0;
  // On the side of δ < 0 the mirror image (A₊ ↔ |A₋|, δ ↔ −δ) keeps every digit of small and of large |δ|.
  const [ahead, behind] = b >= 0 === delta >= 0 ? [large, small] : [small, large];
  const decay = Math.exp(-lambda * root * tau);
  const grown = Math.expm1(2 * Math.abs(delta));
  // r = E/(A₊(1 + E) + |A₋|), E = 2·root·r/(1 − A₊r); the sum is A₊E + 2·root.
  const next = (2 * root * grown * decay) / (ahead * grown * -Math.expm1(-lambda * root * tau) + ahead + behind);
  return (delta < 0 ? -0.5 : 0.5) * Math.log1p(next);
}
