/** Variance reduction for the mean-field SDE: what each way of sampling gains at equal cost (docs/ensembles.md). */
import { parseExperiment } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import { solvePde } from '../../../src/theory/index.ts';
import { limitLaw } from '../../../src/theory/law/index.ts';
import { exact, meanAndVariance } from '../../kit/statistics.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';
import { batchMean, type Estimate, linearized } from '../../variance/estimate.ts';
import { multilevel, TABLE } from '../../variance/multilevel.ts';
import { type PathClass, Paths } from '../../variance/paths.ts';
import { along, antithetic, gridOf, independent, PATHS, quasi, type Sampler } from '../../variance/samplers.ts';

/** Case A of docs/theory.md, "Reference values", and its rich regime, case C. */
const CASES = [
  { name: 'A', stepSize: 0.5, u: 1, horizon: 8 },
  { name: 'C', stepSize: 1, u: 0.1, horizon: 9 },
];
const STEP = 0.1;

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  const batches = quick ? 24 : 400;
  const rows: Row[] = [];
  for (const { name, stepSize, u, horizon } of CASES) {
    const experiment = parseExperiment({
      problem: { dimension: 2, initialization: { kind: 'constant', u, v: 0 } },
      stepSize,
      horizon,
      samples: 1,
      methods: [{ kind: 'pde' }],
    });
    const times = Float64Array.of(0, horizon);
    const solution = await solvePde(limitLaw(experiment), {
      times,
      statistics: resolveStatistics(['risk', 'curvature']),
      tolerance: 1e-7,
    });
    const { path, values: limit } = solution;
    const grid = gridOf(path, stepSize, horizon, STEP);
    const classes: PathClass[] = [1, 0].map((b) => ({ lambda: 1, b, p: u, q: u }));
    const z = new Float64Array(PATHS * grid.gTau.length);
    /** Independent estimates of (R, tr H/d), and seconds an estimate. */
    const measure = (sampler: Sampler, control: boolean) => {
      const sets = classes.map((of) => ({
        paths: new Paths(of, PATHS),
        weights: linearized(of, grid),
      }));
      const estimates: Estimate[] = [];
      const busy = process.cpuUsage();
      for (let batch = 0; batch < batches; batch++) {
        const parts = sets.map((set, c) => {
          sampler(z, grid.gTau.length, 2 * batch + c, set.weights);
          return batchMean(set.paths, grid, z, control ? set.weights : null);
        });
        estimates.push([(parts[0][0] + parts[1][0]) / 4, (parts[0][1] + parts[1][1]) / 2]);
      }
      const { user, system } = process.cpuUsage(busy);
      return { estimates, seconds: (user + system) / 1e6 / batches };
    };
    measure(independent, false); // compiles
    const ways: [string, Sampler, boolean][] = [
      ['independent', independent, false],
      ['antithetic', antithetic, false],
      ['control variate', independent, true],
      ['quasi-random, Brownian bridge', quasi(grid), false],
      ['quasi-random, linearized path', along, false],
    ];
    let base: { variances: number[]; seconds: number } | undefined;
    for (const [way, sampler, control] of ways) {
      log(`case ${name}: ${way}`);
      const { estimates, seconds } = measure(sampler, control);
      const moments = [0, 1].map((k) => meanAndVariance(estimates.map((estimate) => estimate[k])));
      base ??= { variances: moments.map(({ variance }) => variance), seconds };
      const gains = moments.map(({ variance }, k) => (base!.variances[k] * base!.seconds) / (variance * seconds));
      rows.push({
        table: TABLE,
        labels: { case: name, way },
        foreign: false,
        quantities: {
          cpuSecondsAnEstimate: exact(seconds, 's'),
          riskGain: exact(gains[0], '1'),
          curvatureGain: exact(gains[1], '1'),
          riskDeviation: exact(Math.sqrt(moments[0].variance) / moments[0].mean, '1'),
          riskBias: exact(moments[0].mean / limit[0][1] - 1, '1'),
          riskBiasInErrors: exact((moments[0].mean - limit[0][1]) / Math.sqrt(moments[0].variance / batches), '1'),
        },
      });
    }
    rows.push(...multilevel(name, path, stepSize, horizon, classes, limit[0][1], quick, log));
  }
  return {
    rows,
    plots: [],
    notes: [
      'gain at equal cost: variance × processor time of independent sampling over that of the way, from one run; its own relative standard error is about √(4/batches)',
      `${batches} batches; f64 on one thread; λ = 1, b = 1 for half of the coordinates and 0 for the rest, v = 0`,
      'multilevel: cost of one level at the coarsest step whose bias is below the target, over the cost of levels down to that step, both at the same target error of R',
    ],
  };
}

export default {
  name: 'variance',
  title: 'Variance reduction for the mean-field SDE: gain at equal cost over independent sampling',
  run,
} satisfies Section;
