/** A request → the plan that every simulator follows: steps, blocks and the coefficients that depend on time alone. */
import {
  breakpoints,
  bridgeBlocks,
  gain,
  type Problem,
  sgdAlgorithm,
  sgdSteps,
  stepSizeAt,
  timeGrid,
} from '../../problem/index.ts';
import type { EnsembleRequest, SdeRequest } from '../../statistics/stream.ts';
import type { SdePlan, SgdPlan } from './simulator.ts';

export function planOf({ problem, method, times }: EnsembleRequest): SgdPlan | SdePlan {
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
  const k = gain(problem.parametrization);
  const g = starts.map((t, i) => k * stepSizeAt(problem.stepSize, t + lengths[i] / 2, problem.horizon));
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
  };
}

/** Steps of the whole run, for progress and for sharing out the work. */
export function stepsOf(plan: SgdPlan | SdePlan): number {
  return plan.saves[plan.saves.length - 1];
}
