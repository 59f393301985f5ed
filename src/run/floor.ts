/** The rounding floor of an engine: the size of a statistic below which its values say nothing but how the engine rounds (docs/floor.md). */
import { hyperbolicOf, isSchedule, stepSizeAt } from '../dynamics/index.ts';
import type { Statistic } from '../expression/statistic.ts';
import { curvatureFactor, type ExperimentMethod, gain, hyperbolicStart, type Problem } from '../problem/index.ts';
import { collectMoments, contextAt, finishStatistics, MomentMeans, type WeightState } from '../statistics/index.ts';

/** How a method gets from one save time to the next. */
export interface Stepping {
  readonly engine: 'reference' | 'cpu' | 'gpu';
  /** 'limit': PDE and flow, which know β − b itself. */
  readonly kind: 'sgd' | 'sde' | 'limit';
  /** Length of a step; of SGD 1/d. */
  readonly step: number;
}

export function steppingOf(method: ExperimentMethod, dimension: number, engine: Stepping['engine']): Stepping {
  switch (method.kind) {
    case 'sgd':
      return { engine, kind: 'sgd', step: 1 / dimension };
    case 'sde':
      // With a control variate paths are those of the reference engine.
      return { engine: method.varianceReduction ? 'reference' : engine, kind: 'sde', step: method.timeStep };
    default:
      return { engine, kind: 'limit', step: 1 };
  }
}

/** 2⁻⁵³, and the smallest numbers of f32 and f64 with all their digits. */
const UNIT = 2 ** -53;
const LEAST_F32 = 2 ** -126;
const LEAST_F64 = 2 ** -1022;
/**
 * Squares of the roundings that a step makes of each weight, in units of 2⁻⁵³, and of what a step must move it by to move it at all: f64
 * engines leave their floor between 1/2 and 1/400 of what follows from these (test/run/floor.test.ts).
 */
const ROUNDINGS = {
  reference: { sgd: { each: 64, least: 64 }, sde: { each: 128, least: 128 } },
  cpu: { sgd: { each: 4, least: 1 }, sde: { each: 128, least: 128 } },
} as const;
/** A floor is an order of magnitude: of more coordinates than this every n-th will do. */
const MOST_COORDINATES = 2 ** 16;

/** δ_i² for which |β_i − b_i| = δ_i is what rounding makes of 0, from λ, κ and g = gain·γ. */
function errors(lambda: number, kappa: number, g: number, batchSize: number, { engine, kind, step }: Stepping): number {
  if (kind === 'limit') return LEAST_F64 / lambda;
  // e has an exponent of its own (shaders/lib/model.wgsl), so it is its square that leaves f32.
  if (engine === 'gpu') return (64 * LEAST_F32) / lambda;
  const { each, least } = ROUNDINGS[engine][kind];
  // e gets κ·2⁻⁵³ anew each step, and forgets it at the rate 2gλκ; and it stands still where √(2R/m)·g·√λ·√step is below 2⁻⁵³.
  const kept = kappa * kappa + kappa / (2 * g * lambda * step);
  const still = batchSize / (g * g * lambda * lambda * step);
  return UNIT * UNIT * (each * kept + least * still);
}

/**
 * The floor of each statistic: by how much rounding can move it from its value at zero risk, where β = b; 0 where it does not move it, as a
 * logarithm of p q, where the run begins below it, and for models of other depth than two, whose zero risk is not reached exponentially. γ is the smallest of the run, κ at zero risk from the invariant |p q|
 * of the start, which only shrinks. Cost O(min(d, 2¹⁶)) evaluations of every moment.
 */
export function roundingFloors(
  problem: Problem,
  statistics: readonly Statistic[],
  times: ArrayLike<number>,
  stepping: Stepping,
): Float64Array {
  const floors = new Float64Array(statistics.length);
  const part = thinned(problem);
  const { dimension: d, lambda, b, batchSize, parametrization } = part;
  const start = hyperbolicStart(part);
  if (hyperbolicOf(parametrization) === null) return floors;
  const scale = gain(parametrization);
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const kappa = new Float64Array(d);
  let stiffness = 0;
  for (let i = 0; i < d; i++) {
    const h = Math.abs(start.p[i] * start.q[i]);
    const half = 2 * Math.hypot(2 * b[i], h);
    const large = Math.sqrt(0.5 * half + 2 * Math.abs(b[i]));
    const small = large > 0 ? h / large : 0;
    [p[i], q[i]] = b[i] >= 0 ? [large, small] : [small, large];
    kappa[i] = 0.5 * half;
    stiffness += (curvatureFactor(parametrization) * lambda[i] * kappa[i]) / d;
  }
  const last = times[times.length - 1];
  const { stepSize, horizon } = part;
  // A step size that depends on the state is of the order of the largest that is stable.
  const gammas = isSchedule(stepSize) ? Array.from(times, (t) => stepSizeAt(stepSize, t, horizon)) : [1 / stiffness];
  const g = scale * gammas.reduce((least, gamma) => Math.min(least, gamma));
  const e = new Float64Array(d);
  for (let i = 0; i < d; i++) e[i] = Math.sqrt(errors(lambda[i], Math.max(kappa[i], UNIT), g, batchSize, stepping));
  const table = collectMoments(statistics);
  const means = new MomentMeans(table.moments, part);
  const context = contextAt(part, last, isSchedule(stepSize) ? undefined : gammas[0]);
  const valuesAt = (state: WeightState) => {
    const out = new Float64Array(statistics.length);
    finishStatistics(statistics, table, means.evaluate(state), context, out);
    return out;
  };
  const still = valuesAt({ p, q, e: new Float64Array(d) });
  const begun = valuesAt(start);
  const least = stepping.engine === 'gpu' && stepping.kind !== 'limit' ? 64 * LEAST_F32 : LEAST_F64;
  valuesAt({ p, q, e }).forEach((value, k) => {
    // What vanishes at zero risk may leave the range of numbers before β − b does.
    const moved = Math.max(Math.abs(value - still[k]), still[k] === 0 ? least : 0);
    // A run that begins there has nothing to lose.
    floors[k] = Number.isFinite(moved) && Math.abs(begun[k]) > moved ? moved : 0;
  });
  return floors;
}

function thinned(problem: Problem): Problem {
  const { dimension } = problem;
  if (dimension <= MOST_COORDINATES) return problem;
  const stride = Math.ceil(dimension / MOST_COORDINATES);
  const some = (x: Float64Array) => x.filter((_, i) => i % stride === 0);
  const [lambda, b, u0, v0] = [problem.lambda, problem.b, problem.u0, problem.v0].map(some);
  return { ...problem, dimension: lambda.length, lambda, b, u0, v0 };
}
