/** Multilevel Monte Carlo for the mean-field SDE: variances and costs of the levels, and the gain that they allow. */
import type { RiskPath } from '../../src/statistics/stream.ts';
import { exact, meanAndVariance as moments } from '../kit/statistics.ts';
import type { Row } from '../suite.ts';
import { type PathClass, Paths } from './paths.ts';
import { gridOf, independent, PATHS } from './samplers.ts';

/** Of the suite's rows. */
export const TABLE = 'gain at equal cost over independent sampling';

/** Levels h = 0.8, 0.4, … with the same Brownian increments: variances and costs decide the optimal numbers of paths (Giles 2008). */
export function multilevel(
  name: string,
  path: RiskPath,
  stepSize: number,
  horizon: number,
  classes: readonly PathClass[],
  limit: number,
  quick: boolean,
  log: (line: string) => void,
): Row[] {
  const steps = [1, 0.5, 0.25, 0.125, 0.0625].map((h) => h * (horizon / Math.round(horizon)));
  const repeats = quick ? 4 : 24;
  log(`case ${name}: multilevel`);
  const levels = steps.map((step, level) => {
    const fine = gridOf(path, stepSize, horizon, step);
    const coarse = level > 0 ? gridOf(path, stepSize, horizon, steps[level - 1]) : null;
    const single: number[] = [];
    const differences: number[] = [];
    const busy = process.cpuUsage();
    for (let repeat = 0; repeat < repeats; repeat++) {
      const z = new Float64Array(PATHS * fine.gTau.length);
      const sums = [new Float64Array(PATHS), new Float64Array(PATHS)];
      classes.forEach((of, c) => {
        independent(z, fine.gTau.length, 1000 * level + 2 * repeat + c, z);
        const paths = new Paths(of, PATHS);
        paths.run(fine, z);
        for (let i = 0; i < PATHS; i++) sums[0][i] += paths.squaredError(i) / 4;
        if (!coarse) return;
        const joined = new Float64Array(PATHS * coarse.gTau.length);
        for (let k = 0; k < coarse.gTau.length; k++) {
          const [a, b] = [fine.increments[2 * k], fine.increments[2 * k + 1]];
          for (let i = 0; i < PATHS; i++) {
            joined[k * PATHS + i] =
              (Math.sqrt(a) * z[2 * k * PATHS + i] + Math.sqrt(b) * z[(2 * k + 1) * PATHS + i]) / Math.sqrt(a + b);
          }
        }
        paths.run(coarse, joined);
        for (let i = 0; i < PATHS; i++) sums[1][i] += paths.squaredError(i) / 4;
      });
      single.push(...sums[0]);
      differences.push(...sums[0].map((x, i) => x - sums[1][i]));
    }
    const { user, system } = process.cpuUsage(busy);
    const seconds = (user + system) / 1e6 / (repeats * PATHS);
    return { seconds, single: moments(single), difference: moments(differences) };
  });
  const rows: Row[] = [];
  for (let finest = 1; finest < levels.length; finest++) {
    // Half of the squared error for the variance; it cancels in the ratio. A single level costs its share of the two.
    const share = levels.map(({ seconds }, l) => (l === 0 ? seconds : seconds / 1.5));
    const one = levels[finest].single.variance * share[finest];
    const many =
      levels
        .slice(0, finest + 1)
        .reduce(
          (sum, { seconds, difference, single }, l) =>
            sum + Math.sqrt((l === 0 ? single.variance : difference.variance) * seconds),
          0,
        ) ** 2;
    rows.push({
      table: TABLE,
      labels: { case: name, way: `multilevel, steps ${steps[0]} … ${steps[finest]}` },
      foreign: false,
      quantities: {
        cpuSecondsAnEstimate: exact(levels[finest].seconds, 's'),
        riskGain: exact(one / many, '1'),
        riskDeviation: exact(Math.sqrt(levels[finest].single.variance) / limit, '1'),
        riskBias: exact(levels[finest].single.mean / limit - 1, '1'),
      },
    });
  }
  return rows;
}
