/** The rounding floor of an engine: the size of a statistic below which its values say nothing but how the engine rounds (docs/floor.md). */
import { hyperbolicOf, isSchedule, type Parametrization, stepSizeAt } from '../dynamics/index.ts';
import type { Statistic } from '../expression/statistic.ts';
import { curvatureFactor, type ExperimentMethod, gain, hyperbolicStart, type Problem } from '../problem/index.ts';
import {
  collectMoments,
  contextAt,
  evaluateMeans,
  finishStatistics,
  MomentMeans,
  type WeightState,
} from '../statistics/index.ts';

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
  /** Of powers, on either engine; those of a GPU leave other floors. */
  generic: { sgd: { each: 2, least: 0.5 }, sde: { each: 128, least: 128 } },
} as const;
/** A floor is an order of magnitude: of more coordinates than this every n-th will do. */
const MOST_COORDINATES = 2 ** 16;

/** A coordinate at zero risk. */
interface Rest {
  p: number;
  q: number;
  /** Σ |w ∂β/∂w| over its weights w: what relative errors of them do to β. */
  weight: number;
  /** κ, but for the factor that `g` has. */
  kappa: number;
  /** w/direction of the weight that moves most easily, relative to its size. */
  reach: number;
}

/** δ_i² for which |β_i − b_i| = δ_i is what rounding makes of 0, from λ and g = gain·γ. */
function errors(
  lambda: number,
  { weight, kappa, reach }: Rest,
  g: number,
  batchSize: number,
  { engine, kind, step }: Stepping,
  isGeneric: boolean,
): number {
  if (kind === 'limit') return LEAST_F64 / lambda;
  // e has an exponent of its own (shaders/lib/model.wgsl), so it is its square that leaves f32.
  if (engine === 'gpu') return (64 * LEAST_F32) / lambda;
  // At β = 0 a power has no weight left, and all the digits of it.
  if (kappa === 0) return 0;
  const { each, least } = ROUNDINGS[isGeneric ? 'generic' : engine][kind];
  // e gets weight·2⁻⁵³ anew each step, and forgets it at the rate 2gλκ; and it stands still where √(2R/m)·g·√λ·√step is below reach·2⁻⁵³.
  const kept = weight * weight * (1 + 1 / (2 * g * lambda * kappa * step));
  const still = (reach * reach * batchSize) / (g * g * lambda * lambda * step);
  return UNIT * UNIT * (each * kept + least * still);
}

/** Of models of depth two, from |p q| of the start. */
function restOfHyperbolic(b: number, p: number, q: number): Rest {
  const h = Math.abs(p * q);
  const half = 2 * Math.hypot(2 * b, h);
  const large = Math.sqrt(0.5 * half + 2 * Math.abs(b));
  const small = large > 0 ? h / large : 0;
  const kappa = Math.max(0.5 * half, UNIT);
  const [atP, atQ] = b >= 0 ? [large, small] : [small, large];
  return { p: atP, q: atQ, weight: kappa, kappa, reach: 1 };
}

/** Halvings of an interval that hold more than a floor's digits. */
const HALVINGS = 30;

/** Of β = u^L (`isSingle`) and u^L − v^L: the flow keeps u^(2−L) + v^(2−L), which noise only raises (docs/theory.md, "Depth"). */
function restOfPower(L: number, isSingle: boolean, b: number, u: number, v: number): Rest {
  const target = Math.abs(b);
  let small = 0;
  if (!isSingle && u > 0 && v > 0) {
    const kept = u ** (2 - L) + v ** (2 - L);
    let least = kept ** (-1 / (L - 2));
    small = (kept / 2) ** (-1 / (L - 2));
    for (let n = 0; n < HALVINGS; n++) {
      const middle = 0.5 * (least + small);
      if (middle ** (2 - L) + (middle ** L + target) ** ((2 - L) / L) > kept) least = middle;
      else small = middle;
    }
  }
  // What cannot change its sign, or has begun at 0, stays away from its target.
  const isReached = small > 0 || (b >= 0 ? u > 0 : !isSingle && v > 0);
  const large = isReached ? (small ** L + target) ** (1 / L) : 0;
  const weight = L * (large ** L + small ** L);
  const kappa = L * L * (large ** (2 * L - 2) + small ** (2 * L - 2));
  const [atP, atQ] = b >= 0 ? [large, small] : [small, large];
  return { p: isSingle ? large : atP, q: isSingle ? 0 : atQ, weight, kappa, reach: 1 / (L * large ** (L - 2)) };
}

/** What coordinates come to; null for a model of which nothing is known. */
function restsOf(parametrization: Parametrization): ((b: number, p: number, q: number) => Rest) | null {
  if (hyperbolicOf(parametrization) !== null) return restOfHyperbolic;
  if (typeof parametrization === 'string' || !('depth' in parametrization)) return null;
  const { kind, depth } = parametrization;
  return (b, u, v) => restOfPower(depth, kind === 'power', b, u, v);
}

/**
 * The floor of each statistic: by how much rounding can move it from its value at zero risk, where β = b; 0 where it does not move it, as a
 * logarithm of p q, where the run begins below it, for powers on a GPU, and for models of one's own. γ is the
 * smallest of the run, κ at zero risk from what the flow keeps of the start: |p q|, which only shrinks, or u^(2−L) + v^(2−L), which only grows. Cost O(min(d, 2¹⁶)) evaluations of every moment.
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
  const restOf = restsOf(parametrization);
  const isGeneric = hyperbolicOf(parametrization) === null;
  if (restOf === null || (isGeneric && stepping.engine === 'gpu' && stepping.kind !== 'limit')) return floors;
  const start = hyperbolicStart(part);
  const scale = gain(parametrization);
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const rests: Rest[] = [];
  let stiffness = 0;
  for (let i = 0; i < d; i++) {
    const rest = restOf(b[i], start.p[i], start.q[i]);
    rests.push(rest);
    [p[i], q[i]] = [rest.p, rest.q];
    stiffness += (curvatureFactor(parametrization) * lambda[i] * rest.kappa) / d;
  }
  const last = times[times.length - 1];
  const { stepSize, horizon } = part;
  // A step size that depends on the state is of the order of the largest that is stable.
  const gammas = isSchedule(stepSize) ? Array.from(times, (t) => stepSizeAt(stepSize, t, horizon)) : [1 / stiffness];
  const g = scale * gammas.reduce((least, gamma) => Math.min(least, gamma));
  const e = new Float64Array(d);
  for (let i = 0; i < d; i++) e[i] = Math.sqrt(errors(lambda[i], rests[i], g, batchSize, stepping, isGeneric));
  const table = collectMoments(statistics);
  const means = new MomentMeans(table.moments, part, true);
  const context = contextAt(part, last, isSchedule(stepSize) ? undefined : gammas[0]);
  const finished = (values: Float64Array) => {
    const out = new Float64Array(statistics.length);
    finishStatistics(statistics, table, values, context, out);
    return out;
  };
  const valuesAt = (state: WeightState) => finished(means.evaluate(state));
  const still = valuesAt({ p, q, e: new Float64Array(d) });
  const begun = finished(evaluateMeans(table.moments, part, start));
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
