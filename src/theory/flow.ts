/** Gradient flow: the drift alone, per distinct coordinate, in closed form where there is one (docs/theory.md, "Drift flow in closed form"). */

import { compileStateStepSize, kindOf, modelOf, type StateStepSize, stateDefinition } from '../dynamics/index.ts';
import { lineSearch } from '../dynamics/stepsizes/line-search.ts';
import type { Coordinate, Moment } from '../expression/expression.ts';
import type { Statistic } from '../expression/statistic.ts';
import { type DistinctCoordinates, groupCoordinates } from '../problem/coordinates.ts';
import { stepSizeIntegral } from '../problem/schedule.ts';
import type { Problem } from '../problem/types.ts';
import type { Attention } from '../statistics/attention.ts';
import { contextAt } from '../statistics/context.ts';
import { collectMoments, finishStatistics } from '../statistics/resolve.ts';
import { Averager } from './averages.ts';
import { drive } from './drive.ts';
import { integrateInSlices } from './extrapolation.ts';
import { pointClass } from './law/law.ts';
import type { LimitClass } from './law/types.ts';
import { FAR, Frame, logAhead, populationOf, rateOf, startOf } from './population.ts';
import { PowerFlow } from './powerflow.ts';
import { CoordinateReader } from './reader.ts';

/** Distinct coordinates taken together, between which control is given back. */
const CHUNK = 4096;

/** What gradient flow is asked for. */
export interface FlowOptions {
  /** Save times: increasing, the first is 0. */
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  readonly signal?: AbortSignal;
  /** It keeps Node alive while this is attended to; default: to its end. */
  readonly attention?: Attention;
  /** Called with the time reached, growing to the last save time. */
  onProgress?(t: number): void;
}

/** Gradient flow at its save times. */
export interface FlowSolution {
  readonly times: Float64Array;
  /** [statistic][time]. */
  readonly values: Float64Array[];
}

/**
 * Every statistic along gradient flow of the finite problem, u̇ = −γ∇_u R, v̇ = −γ∇_v R (with momentum γ/(1 − θ)), exact to rounding at every save time: by a
 * closed form at depth two, by integration for other depths. A step size that depends on the state is that of the flow's own averages.
 * Cost O(distinct coordinates · times · moments); at other depths a few dozen evaluations of the equation for each of them.
 * @throws RangeError for a line search, which a flow has nothing to search with.
 */
export async function solveFlow(problem: Problem, options: FlowOptions): Promise<FlowSolution> {
  const { times, statistics } = options;
  const table = collectMoments(statistics);
  const values = statistics.map(() => new Float64Array(times.length));
  const factor = rateOf(problem);
  const last = times[times.length - 1];
  const definition = stateDefinition(problem.stepSize);
  if (definition?.name === lineSearch.kind)
    throw new RangeError(
      'gradient flow has no line search: it weighs the descent of the risk against its noise, which a flow does not have; take another step size, or leave the flow out',
    );

  function* work(): Generator<void, void> {
    const distinct = yield* groupCoordinates(problem);
    const total = distinct.lambda.length;
    /** [time][moment], summed in the order of the coordinates: those at rest, then the others, some at a time. */
    const means = Array.from(times, () => new Float64Array(table.moments.length));
    const stepSizes: (number | undefined)[] = Array.from(times, () => undefined);
    const chunks: Trajectories[] = [];
    for (let first = 0; first < total; first += CHUNK) {
      const chunk = trajectoriesOf(problem, distinct, first);
      yield;
      if (definition) {
        chunks.push(chunk);
        continue;
      }
      for (const [i, t] of times.entries()) {
        const tau = factor * stepSizeIntegral(problem.stepSize, t, problem.horizon);
        chunk.addMeans(tau, table.moments, means[i], true);
        options.onProgress?.(last * ((first + ((i + 1) / times.length) * Math.min(CHUNK, total - first)) / total));
        yield;
      }
    }
    if (definition)
      yield* follow(compileStateStepSize(definition), problem, chunks, table.moments, { ...options, means, stepSizes });
    const out = new Float64Array(statistics.length);
    for (let i = 0; i < times.length; i++) {
      finishStatistics(statistics, table, means[i], contextAt(problem, times[i], stepSizes[i]), out);
      for (let k = 0; k < out.length; k++) values[k][i] = out[k];
    }
  }
  await drive(work(), options.signal, options.attention);
  return { times, values };
}

/** Relative error of a step of τ = ∫g dt and of the integrals of γ. */
const TOLERANCE = 1e-12;

/** τ and the integrals of a step size that depends on the state, from save time to save time. */
function* follow(
  stepSize: StateStepSize,
  problem: Problem,
  chunks: readonly Trajectories[],
  moments: readonly Moment[],
  out: Pick<FlowOptions, 'times' | 'onProgress'> & { means: Float64Array[]; stepSizes: (number | undefined)[] },
): Generator<void, void> {
  const { times } = out;
  const factor = rateOf(problem);
  const y = new Float64Array(1 + stepSize.integrals);
  const own = new Float64Array(stepSize.moments.length);
  const look = (at: Float64Array) => {
    own.fill(0);
    for (const chunk of chunks) chunk.addMeans(at[0], stepSize.moments, own, false);
  };
  const f = (t: number, at: Float64Array, rate: Float64Array) => {
    look(at);
    rate[0] = factor * stepSize.value(own, at.subarray(1), t, problem);
    stepSize.rates(own, at.subarray(1), t, problem, rate.subarray(1));
  };
  let step = 0.01 * times[times.length - 1];
  for (const [i, t] of times.entries()) {
    const scale = (value: number) => Math.max(1e-6, Math.abs(value));
    if (i > 0) step = yield* integrateInSlices(f, y, times[i - 1], t, TOLERANCE, scale, step);
    look(y);
    out.stepSizes[i] = stepSize.value(own, y.subarray(1), t, problem);
    for (const chunk of chunks) chunk.addMeans(y[0], moments, out.means[i], true);
    out.onProgress?.(t);
    yield;
  }
}

/** Some distinct coordinates on their way. */
interface Trajectories {
  /** means[k] += ω φ_k after gradient flow with ∫g dt = τ, of every class; τ not below the last one that was `kept`, to go on from there. */
  addMeans(tau: number, moments: readonly Moment[], means: Float64Array, keep: boolean): void;
}

function trajectoriesOf(problem: Problem, distinct: DistinctCoordinates, first: number): Trajectories {
  const { parametrization } = problem;
  if (modelOf(parametrization).hyperbolic) return closedTrajectories(problem, classesOf(problem, distinct, first));
  if (typeof parametrization === 'string' || !('depth' in parametrization))
    throw new RangeError(`gradient flow of the parametrization "${kindOf(parametrization)}" is not known`);
  const { lambda, b, u0, v0, count } = distinct;
  const end = Math.min(lambda.length, first + CHUNK);
  const flows: PowerFlow[] = [];
  for (let i = first; i < end; i++) flows.push(new PowerFlow(parametrization.depth, lambda[i], b[i], u0[i], v0[i]));
  const places = Float64Array.from(flows, ({ start }) => start);
  let from = 0;
  const at: Coordinate = { u: 0, v: 0, beta: 0, b: 0, lambda: 0, e: 0, kappa: 0, bend: 0, s: 0 };
  return {
    addMeans(tau, moments, means, keep) {
      flows.forEach((flow, c) => {
        const place = flow.move(places[c], tau - from);
        flow.read(place, at);
        const weight = count[first + c] / problem.dimension;
        for (let k = 0; k < moments.length; k++) means[k] += weight * moments[k].evaluate(at);
        if (keep) places[c] = place;
      });
      if (keep) from = tau;
    },
  };
}

function closedTrajectories(problem: Problem, classes: readonly LimitClass[]): Trajectories {
  const { moving, resting } = populationOf(problem, classes);
  const reader = new CoordinateReader(moving);
  const start = Float64Array.from(moving.classes, ({ start }, c) =>
    start.kind === 'point' ? startOf(moving, c, start) : Number.NaN,
  );
  return {
    addMeans(tau, moments, means) {
      const still = new Averager(moving, resting, moments).resting;
      for (let k = 0; k < means.length; k++) means[k] += still[k];
      for (let c = 0; c < start.length; c++) {
        reader.begin(c, 0);
        const at = reader.read(flowed(moving.frame[c], moving.lambda[c], moving.b[c], moving.s0[c], start[c], tau));
        for (let k = 0; k < means.length; k++) means[k] += moving.weight[c] * moments[k].evaluate(at);
      }
    },
  };
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
