/** Statistics at save times: the kernel that sums all moments at once, and what the CPU makes of the sums. */
import { hyperbolicOf, modelOf } from '../dynamics/index.ts';
import { hasFastSde, hasFastSgd, type Problem } from '../problem/index.ts';
import { Finisher } from '../statistics/finish.ts';
import { type EnsembleRequest, namedStatistic, type Statistic } from '../statistics/index.ts';
import { programOf } from '../statistics/program.ts';
import type { Device } from './device.ts';
import { genericShape, modelSlots } from './dynamics.ts';
import type { Variant } from './shaders.ts';
import type { Start } from './start.ts';
import { modelConstants, type Work } from './stepper.ts';

/** Moments one dispatch sums; more take several. */
const MOMENTS_A_DISPATCH = 16;
/** Quads a slice has at least; more slices let more of the GPU take part. */
const SLICE_QUADS = 256;
const LARGEST_SLICES = 256;

const PARAMETRIZATIONS = { product: 0, difference: 1, square: 2 } as const;

interface Group {
  readonly pipeline: GPUComputePipeline;
  /** Moments first, …, first + count − 1 of the table. */
  readonly first: number;
  readonly count: number;
}

const RISK = namedStatistic('risk');

/** Whether a moment is computed from s = log|p q|. */
function readsInvariant(wgsl: string): boolean {
  return /\bs\b/.test(wgsl);
}

/** What the replicas of a batch are like at one save time. */
export interface Observed {
  readonly values: Float64Array;
  readonly twiceRisk: Float64Array;
}

export class Observer {
  /** Parts into which coordinates are cut: a function of d alone, so that sums do not depend on the device. */
  readonly slices: number;
  readonly sliceQuads: number;
  readonly #infinite: readonly boolean[];

  private constructor(
    readonly problem: Problem,
    readonly statistics: readonly Statistic[],
    /** Of the statistics, and of the risk, by which a path is seen to have diverged. */
    readonly finisher: Finisher,
    /** The last one has the integrals of a step size that depends on the state, if there are any. */
    readonly groups: readonly Group[],
    readonly integrals: number,
    start: Start,
  ) {
    this.slices = Math.min(LARGEST_SLICES, Math.ceil(start.quads / SLICE_QUADS));
    this.sliceQuads = Math.ceil(start.quads / this.slices);
    // log|p q| is −∞ for ever where it is −∞ at the start, and no f32 sum may meet an infinity.
    this.#infinite = finisher.moments.map(({ wgsl }) => start.balanced && readsInvariant(wgsl));
  }

  static async of(device: Device, request: EnsembleRequest, start: Start): Promise<Observer> {
    const { problem, statistics, method, times } = request;
    const program = programOf(request);
    const gammas = program.kind === 'sde' ? program.stepSizes : null;
    const finisher = new Finisher(problem, statistics, times, gammas, [RISK]);
    const all = finisher.moments;
    const isFast = method.kind === 'sgd' ? hasFastSgd(problem) : hasFastSde(problem, method.coupling !== 'interacting');
    const kernel = isFast ? 'statistics' : 'statistics-generic';
    const own: NonNullable<Variant['constants']> = isFast
      ? { PARAMETRIZATION: PARAMETRIZATIONS[hyperbolicOf(problem.parametrization) ?? 'product'] }
      : {};
    const functions = isFast ? {} : modelSlots(modelOf(problem.parametrization));
    const groups: Group[] = [];
    for (let first = 0; first < all.length; first += MOMENTS_A_DISPATCH) {
      const moments = all.slice(first, first + MOMENTS_A_DISPATCH);
      const pipeline = await device.pipeline(kernel, 'statistics', {
        constants: { MOMENTS: moments.length, ...own, ...modelConstants(problem) },
        slots: {
          ...functions,
          moments: moments
            .map(({ wgsl }, k) => `values[${k}] = ${readsInvariant(wgsl) ? 'note_invariant' : 'note'}(${k}u, ${wgsl});`)
            .join('\n  '),
        },
        subgroup: null,
      });
      groups.push({ pipeline, first, count: moments.length });
    }
    const { integrals, globals, globalPlane } = genericShape(request);
    if (integrals > 0) {
      const constants = {
        INTEGRALS: integrals,
        GLOBALS: globals,
        GLOBAL_PLANE: globalPlane,
        ...modelConstants(problem),
      };
      const pipeline = await device.pipeline('integrals', 'integrals', { constants, subgroup: null });
      groups.push({ pipeline, first: all.length, count: integrals });
    }
    return new Observer(problem, statistics, finisher, groups, integrals, start);
  }

  /** Floats of results a save time of `replicas` replicas. */
  rowLength(replicas: number): number {
    return replicas * this.slices * (this.finisher.moments.length + this.integrals);
  }

  /** Appends the dispatches of one save time; their `first` is the row of each group's part of the results, 0 here. */
  save(out: Work[], replicas: number): void {
    const grid = { save: true, x: this.slices, y: replicas, groupX: 0, groupY: 0, first: 0, count: 0, flags: 0 };
    for (const { pipeline, count } of this.groups) out.push({ ...grid, pipeline, cost: 4 * this.sliceQuads * count });
  }

  /**
   * Sums of one save time → values [replica][statistic] and 2R [replica]; NaN where a sum is not finite.
   * `part(g)`: floats of row `row` of group g.
   */
  read(part: (group: number) => Float32Array, replicas: number, timeIndex: number): Observed {
    const { problem, statistics, finisher } = this;
    const values = new Float64Array(replicas * statistics.length);
    const twiceRisk = new Float64Array(replicas);
    const riskMoments = finisher.indicesOf(0);
    const { length } = finisher.moments;
    /** Means of the moments, then the integrals. */
    const found = new Float64Array(length + this.integrals);
    const means = found.subarray(0, length);
    const parts = this.groups.map((_, g) => part(g));
    const noise = problem.labelNoise ** 2;
    for (let replica = 0; replica < replicas; replica++) {
      this.groups.forEach(({ first, count }, g) => {
        for (let k = 0; k < count; k++) {
          let sum = 0;
          for (let slice = 0; slice < this.slices; slice++)
            sum += parts[g][(replica * this.slices + slice) * count + k];
          if (first + k >= length) found[first + k] = sum;
          else found[first + k] = this.#infinite[first + k] ? Number.NEGATIVE_INFINITY : sum / problem.dimension;
        }
      });
      finisher.finish(means, timeIndex, found.subarray(length), values, replica * statistics.length);
      twiceRisk[replica] = means[riskMoments[0]] + noise;
    }
    return { values, twiceRisk };
  }
}
