/** A request → what is done at which step (docs/paths.md, "Time"): saves, the coefficients of every step, and where a path ends. */
import { breakpoints, gain, type Problem, sgdSteps, stepSizeAt, timeGrid } from '../problem/index.ts';
import type { EnsembleRequest, SdeRequest } from '../statistics/index.ts';

export interface Program {
  /** [save times] steps done at each save; not decreasing. */
  readonly saves: ArrayLike<number>;
  /** Writes four numbers a step (shaders/lib/params.wgsl, Schedule) for steps first, …, first + count − 1; zeros past the last. */
  coefficients(first: number, count: number, out: Float32Array): void;
  /** Time at which step k starts. */
  timeOf(step: number): number;
  /** Where the mean-field path ends before the last save: the first save that is not reached, and why. */
  readonly end: { readonly save: number; readonly time: number; readonly message: string } | null;
}

export function programOf({ problem, method, times }: EnsembleRequest): Program {
  return method.kind === 'sgd' ? sgdProgram(problem, times) : sdeProgram(problem, method, times);
}

function sgdProgram(problem: Problem, times: Float64Array): Program {
  const { dimension: d, stepSize, horizon } = problem;
  const scale = gain(problem.parametrization) / Math.sqrt(d);
  return {
    saves: sgdSteps(times, d),
    coefficients(first, count, out) {
      out.fill(0, 0, 4 * count);
      for (let k = 0; k < count; k++) out[4 * k] = scale * stepSizeAt(stepSize, (first + k) / d, horizon);
    },
    timeOf: (step) => step / d,
    end: null,
  };
}

function sdeProgram(problem: Problem, { timeStep, coupling }: SdeRequest, times: Float64Array): Program {
  const { stepSize, horizon } = problem;
  const { starts, lengths, count: steps, saveSteps } = timeGrid(times, timeStep, breakpoints(stepSize, horizon));
  const scale = gain(problem.parametrization);
  const increments = coupling === 'interacting' ? null : new Float64Array(steps);
  let known = steps;
  if (coupling !== 'interacting') {
    // Rounding in the sum of the steps must not cut off the last one of a path that ends at a save time.
    const end = coupling.end * (1 + 1e-12);
    let before = 0;
    for (let k = 0; k < steps; k++) {
      const t = k + 1 < steps ? starts[k + 1] : times[times.length - 1];
      if (t > end) {
        known = k;
        break;
      }
      const after = coupling.clock(Math.min(t, coupling.end));
      increments![k] = Math.max(0, after - before);
      before = after;
    }
  }
  const unreached = saveSteps.findIndex((step) => step > known);
  return {
    saves: saveSteps,
    coefficients(first, count, out) {
      out.fill(0, 0, 4 * count);
      for (let k = 0; k < count && first + k < steps; k++) {
        const step = first + k;
        out[4 * k] = scale * stepSizeAt(stepSize, starts[step] + lengths[step] / 2, horizon);
        out[4 * k + 1] = lengths[step];
        out[4 * k + 2] = increments?.[step] ?? 0;
      }
    },
    timeOf: (step) => (step < steps ? starts[step] : times[times.length - 1]),
    end:
      coupling === 'interacting' || unreached < 0
        ? null
        : {
            save: unreached,
            time: coupling.end,
            message: `the mean-field path ends at t = ${coupling.end.toPrecision(6)}: the risk of the limit diverges there. Ask for earlier save times.`,
          },
  };
}
