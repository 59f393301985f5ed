/** The program of a request as the kernels take it (docs/paths.md, "Time"): saves, the coefficients of every step, and where a path ends. */
import { isSchedule } from '../dynamics/index.ts';
import { gain, hasFastSde, hasFastSgd, stepSizeAt } from '../problem/index.ts';
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
  const isFast = hasFastSgd(problem);
  const scale = isFast ? gain(problem.parametrization) / Math.sqrt(d) : 1;
  const isKnown = isSchedule(stepSize);
  return {
    saves,
    coefficients(first, count, out) {
      out.fill(0, 0, 4 * count);
      for (let k = 0; k < count; k++) {
        const t = (first + k) / d;
        if (isKnown) out[4 * k] = scale * stepSizeAt(stepSize, t, horizon);
        out[4 * k + 1] = isFast ? 0 : t;
      }
    },
    timeOf: (step) => step / d,
    end: null,
  };
}

function sdeProgram({ times, problem }: EnsembleRequest, program: shared.SdePlan): Program {
  const isFast = hasFastSde(problem, program.increments !== null);
  // The fast kernels have the gain of their coordinates in g; in the others it is in the directions.
  const share = isFast ? 1 : 1 / gain(problem.parametrization);
  const isOwn = program.increments === null && !isSchedule(problem.stepSize);
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
        out[4 * k] = isOwn ? starts[step] : share * g[step];
        out[4 * k + 1] = lengths[step];
        out[4 * k + 2] = increments && !Number.isNaN(increments[step]) ? share ** 2 * increments[step] : 0;
        out[4 * k + 3] = isFast || step === 0 ? 0 : lengths[step] / (2 * lengths[step - 1]);
      }
    },
    timeOf: (step) => (step < steps ? starts[step] : times[times.length - 1]),
    end: unreached < 0 ? null : { save: unreached, time: end, message: shared.endOfLimit(end) },
  };
}
