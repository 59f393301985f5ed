/**
 * Convergence of the SDE schemes from their own refinement: one Brownian motion, steps h, h/2, h/4, …, so that the differences
 * between neighbouring levels are small random numbers and the order of their mean (weak) and of their size (strong) shows.
 */
import { genericSde } from '../../src/cpu/reference/generic/sde.ts';
import { modelOf } from '../../src/cpu/reference/path.ts';
import { type BrownianSource, sde } from '../../src/cpu/reference/sde.ts';
import type { SdePlan } from '../../src/cpu/workers/simulator.ts';
import { hasFastSde, normalQuantile, type Problem } from '../../src/problem/index.ts';
import { Stream, word } from '../../src/random/index.ts';
import { MomentMeans, namedStatistic } from '../../src/statistics/index.ts';
import { programOf } from '../../src/statistics/program.ts';
import type { RiskPath, SdeScheme } from '../../src/statistics/stream.ts';

/**
 * Normals of the finest level, [step][path]: the paths of a class are a randomly shifted Korobov lattice (quasi-Monte Carlo: means over
 * paths, which is all that weak convergence is about, then fluctuate far less than those of independent paths).
 */
function lattice(points: number, steps: number, group: number): Float64Array[] {
  let generator = 1;
  return Array.from({ length: steps }, (_, step) => {
    const shift = (word(31, group, Stream.brownian, step, 0, 0) + 0.5) * 2 ** -32;
    const z = new Float64Array(points);
    for (let i = 0; i < points; i++) {
      const u = ((generator * i) % points) / points + shift;
      z[i] = normalQuantile(u < 1 ? u : u - 1);
    }
    generator = (generator * 4387) % points;
    return z;
  });
}

/** On a level with steps `ratio` times longer: sums of the finest normals, scaled. All classes use the same paths. */
function refined(fine: Float64Array[], ratio: number): BrownianSource {
  const scale = 1 / Math.sqrt(ratio);
  const points = fine[0].length;
  return (z, count, _, step, first) => {
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < ratio; j++) sum += fine[step * ratio + j][(first + i) % points];
      z[i] = sum * scale;
    }
  };
}

/** Steps of a level over those of the finest. */
const LEVELS = [8, 4, 2, 1];

export interface RefinementOptions {
  readonly scheme: SdeScheme;
  readonly coupling: 'interacting' | RiskPath;
  readonly horizon: number;
  /** Length of the finest step. */
  readonly finest: number;
  /** Paths of each class; prime. The dimension is a multiple of it. */
  readonly points: number;
  /** Independent repetitions. */
  readonly groups: number;
}

export interface Refinement {
  /** h of the coarser of the two neighbouring levels, coarsest first. */
  readonly steps: readonly number[];
  /** [level][group]: difference of the statistic with steps h and h/2 at the horizon. */
  readonly risk: readonly (readonly number[])[];
  readonly curvature: readonly (readonly number[])[];
  /** [level][group]: root mean square over coordinates of the difference of log|p|. */
  readonly strong: readonly (readonly number[])[];
}

/** By whichever code of the reference engine runs the problem. Cost: d·horizon/finest·groups steps of it, about twice. */
export function orders(problem: Problem, options: RefinementOptions): Refinement {
  const { scheme, coupling, horizon, finest, points, groups } = options;
  const isFast = hasFastSde(problem, coupling !== 'interacting');
  const means = new MomentMeans([...namedStatistic('risk').moments, ...namedStatistic('curvature').moments], problem);
  const d = problem.dimension;
  const values = LEVELS.map(() => [] as { risk: number; curvature: number; p: Float64Array }[]);
  const source: { fine: Float64Array[] } = { fine: [] };
  const runs = LEVELS.map((ratio) => {
    const plan = programOf({
      problem,
      method: { kind: 'sde', timeStep: finest * ratio, scheme, coupling },
      times: Float64Array.of(0, horizon),
      statistics: [],
      replicas: { first: 0, count: 1 },
      seed: 0,
    }) as SdePlan;
    const brownian: BrownianSource = (...at) => refined(source.fine, ratio)(...at);
    return isFast ? sde(modelOf(problem), plan, false, brownian) : genericSde(problem, plan, brownian);
  });
  for (let group = 0; group < groups; group++) {
    source.fine = lattice(points, Math.round(horizon / finest), group);
    runs.forEach((run, level) => {
      let end: { p: Float64Array; q: Float64Array } | undefined;
      const path = run(0, {
        sample: (save, { p, q }) => {
          if (save === 1) end = { p: Float64Array.from(p), q: Float64Array.from(q) };
        },
        failure: (_timeIndex, message) => {
          throw new Error(`${scheme} with steps ${finest * LEVELS[level]} fails: ${message}`);
        },
      });
      for (const _ of path);
      const [twice, curvature] = means.evaluate(end!);
      values[level].push({ risk: twice / 2, curvature, p: end!.p });
    });
  }
  const differences = <T>(of: (coarse: (typeof values)[0][0], fine: (typeof values)[0][0]) => T): T[][] =>
    LEVELS.slice(1).map((_, n) => values[n].map((coarse, group) => of(coarse, values[n + 1][group])));
  return {
    steps: LEVELS.slice(0, -1).map((ratio) => ratio * finest),
    risk: differences((x, y) => x.risk - y.risk),
    curvature: differences((x, y) => x.curvature - y.curvature),
    strong: differences((x, y) => {
      let sum = 0;
      for (let i = 0; i < d; i++) sum += Math.log(Math.abs(x.p[i] / y.p[i])) ** 2;
      return Math.sqrt(sum / d);
    }),
  };
}
