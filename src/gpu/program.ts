/** The program of a request as the kernels take it (docs/paths.md, "Time"): saves, the coefficients of every step, and where a path ends. */
import { gain, stepSizeAt } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import * as shared from '../statistics/program.ts';

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

export function programOf(request: EnsembleRequest): Program {
  const program = shared.programOf(request);
  return program.kind === 'sgd' ? sgdProgram(request, program) : sdeProgram(request, program);
}

function sgdProgram({ problem }: EnsembleRequest, { saves }: shared.SgdPlan): Program {
  const { dimension: d, stepSize, horizon } = problem;
  const scale = gain(problem.parametrization) / Math.sqrt(d);
  return {
    saves,
    coefficients(first, count, out) {
      out.fill(0, 0, 4 * count);
      for (let k = 0; k < count; k++) out[4 * k] = scale * stepSizeAt(stepSize, (first + k) / d, horizon);
    },
    timeOf: (step) => step / d,
    end: null,
  };
}

function sdeProgram({ times }: EnsembleRequest, program: shared.SdePlan): Program {
  const { starts, lengths, g, saves, increments, end } = program;
  const steps = starts.length;
  const unknown = increments?.findIndex(Number.isNaN) ?? -1;
  const unreached = unknown < 0 ? -1 : Array.from(saves).findIndex((step) => step > unknown);
  return {
    saves,
    coefficients(first, count, out) {
      out.fill(0, 0, 4 * count);
      for (let k = 0; k < count && first + k < steps; k++) {
        const step = first + k;
        out[4 * k] = g[step];
        out[4 * k + 1] = lengths[step];
        out[4 * k + 2] = increments && !Number.isNaN(increments[step]) ? increments[step] : 0;
      }
    },
    timeOf: (step) => (step < steps ? starts[step] : times[times.length - 1]),
    end: unreached < 0 ? null : { save: unreached, time: end, message: shared.endOfLimit(end) },
  };
}
