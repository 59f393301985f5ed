/**
 * A request → what every engine follows: steps, save times, blocks, and the coefficients that depend on time alone (docs/paths.md,
 * "Time"). Plain data, made here and nowhere else.
 */
import { isSchedule, ruleOf } from '../dynamics/index.ts';
import { bridgeBlocks, sgdAlgorithm } from '../problem/algorithm.ts';
import { gain } from '../problem/hyperbolic.ts';
import { breakpoints, stepSizeAt } from '../problem/schedule.ts';
import { timeGrid } from '../problem/timegrid.ts';
import { sgdSteps } from '../problem/times.ts';
import type { Problem } from '../problem/types.ts';
import type { EnsembleRequest, SdeRequest, SdeScheme } from './stream.ts';

/** Where an SGD path goes: which algorithm (a function of the problem alone) and after how many steps it is sampled. */
export interface SgdPlan {
  readonly kind: 'sgd';
  readonly algorithm: 'plain' | 'bridge';
  /** Coordinates a block of the bridge, the last block shorter; d for the plain algorithm. */
  readonly blockLength: number;
  /** saves[n]: steps done at save time n; the first is 0. */
  readonly saves: ArrayLike<number>;
}

/** The time grid of an SDE path, with everything about time that its steps need. */
export interface SdePlan {
  readonly kind: 'sde';
  readonly scheme: SdeScheme;
  /** [n] time at which step k starts, and its length τ (src/problem/timegrid.ts). */
  readonly starts: Float64Array;
  readonly lengths: Float64Array;
  /** [n] g = gain·γ/(1 − θ) at the middle of step k; NaN where γ depends on the path itself. */
  readonly g: Float64Array;
  /** saves[n]: steps done at save time n; the first is 0. */
  readonly saves: ArrayLike<number>;
  /**
   * Mean-field coupling: [n] increment of ∫ g² R/m dt over step k, NaN from the first step that the path does not cover;
   * `null` for the interacting coupling. A risk path crosses to another thread as these numbers: nothing is interpolated on the way.
   */
  readonly increments: Float64Array | null;
  /** Mean-field coupling: last time up to which the risk path is known. */
  readonly end: number;
  /** Mean-field coupling with a step size that depends on the state: [save times] γ of the limit; else null. */
  readonly stepSizes: Float64Array | null;
}

export type Program = SgdPlan | SdePlan;

/** The program of a request: made once, and handed to whoever runs it. */
export function programOf({ problem, method, times }: EnsembleRequest): Program {
  return method.kind === 'sgd' ? sgdPlan(problem, times) : sdePlan(problem, method, times);
}

function sgdPlan(problem: Problem, times: Float64Array): SgdPlan {
  const algorithm = sgdAlgorithm(problem);
  return {
    kind: 'sgd',
    algorithm,
    blockLength: algorithm === 'plain' ? problem.dimension : bridgeBlocks(problem.dimension).size,
    saves: sgdSteps(times, problem.dimension),
  };
}

function sdePlan(problem: Problem, { timeStep, scheme, coupling }: SdeRequest, times: Float64Array): SdePlan {
  const grid = timeGrid(times, timeStep, breakpoints(problem.stepSize, problem.horizon));
  const { starts, lengths, count } = grid;
  const k = gain(problem.parametrization) / (1 - ruleOf(problem.momentum).theta);
  const { stepSize, horizon } = problem;
  const limit = coupling === 'interacting' ? undefined : coupling.stepSize;
  const gammaAt = (t: number) => {
    if (isSchedule(stepSize)) return stepSizeAt(stepSize, t, horizon);
    return limit === undefined || coupling === 'interacting' ? Number.NaN : limit(Math.min(t, coupling.end));
  };
  const g = starts.map((t, i) => k * gammaAt(t + lengths[i] / 2));
  let increments: Float64Array | null = null;
  if (coupling !== 'interacting') {
    increments = new Float64Array(count).fill(Number.NaN);
    // Rounding in the sum of the steps must not cut off the last one of a path that ends at a save time.
    const end = coupling.end * (1 + 1e-12);
    let before = 0;
    for (let i = 0; i < count; i++) {
      const t = i + 1 < count ? starts[i + 1] : times[times.length - 1];
      if (t > end) break;
      const after = coupling.clock(Math.min(t, coupling.end));
      increments[i] = Math.max(0, after - before);
      before = after;
    }
  }
  return {
    kind: 'sde',
    scheme,
    starts,
    lengths,
    g,
    saves: grid.saveSteps,
    increments,
    end: coupling === 'interacting' ? Number.POSITIVE_INFINITY : coupling.end,
    stepSizes: isSchedule(stepSize) || limit === undefined ? null : times.map(gammaAt),
  };
}

/** Steps of the whole run, for progress and for sharing out the work. */
export function stepsOf(plan: Program): number {
  return plan.saves[plan.saves.length - 1];
}

/** What is told where a mean-field path ends before a save time. */
export function endOfLimit(end: number): string {
  return `the mean-field path ends at t = ${end.toPrecision(6)}: the risk of the limit diverges there. Ask for earlier save times.`;
}
