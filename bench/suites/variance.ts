/** Variance reduction for the mean-field SDE: what each way of sampling gains at equal cost (docs/ensembles.md). */
import { normalQuantile, parseExperiment } from '../../src/problem/index.ts';
import { limitLaw } from '../../src/problem/limit/index.ts';
import { fillNormals, Stream } from '../../src/random/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { RiskPath } from '../../src/statistics/stream.ts';
import { solvePde } from '../../src/theory/index.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';
import { type Grid, type PathClass, Paths } from '../variance/paths.ts';
import { DIMENSIONS, scramble, sobol } from '../variance/sobol.ts';

/** Case A of docs/theory.md, "Reference values", and its rich regime, case C. */
const CASES = [
  { name: 'A', stepSize: 0.5, u: 1, horizon: 8 },
  { name: 'C', stepSize: 1, u: 0.1, horizon: 9 },
];
/** Paths of a class at a time. */
const PATHS = 512;
const STEP = 0.1;

function gridOf(path: RiskPath, stepSize: number, horizon: number, step: number): Grid {
  const n = Math.round(horizon / step);
  const at = (k: number) => path.clock(Math.min(path.end, (horizon * k) / n));
  return {
    gTau: new Float64Array(n).fill((stepSize * horizon) / n),
    increments: Float64Array.from({ length: n }, (_, k) => at(k + 1) - at(k)),
  };
}

/** Fills z, [step][path], for one batch. */
type Sampler = (z: Float64Array, steps: number, batch: number, weights: Float64Array) => void;

const independent: Sampler = (z, steps, batch) => {
  for (let k = 0; k < steps; k++) fillNormals(z, k * PATHS, PATHS, 1, batch, Stream.brownian, k, 0, 0);
};

/** Paths 2j and 2j + 1 mirror each other. */
const antithetic: Sampler = (z, steps, batch) => {
  for (let k = 0; k < steps; k++) {
    const row = z.subarray(k * PATHS, (k + 1) * PATHS);
    fillNormals(row, PATHS / 2, PATHS / 2, 1, batch, Stream.brownian, k, 0, 0);
    for (let i = 0; i < PATHS / 2; i++) {
      row[2 * i] = row[PATHS / 2 + i];
      row[2 * i + 1] = -row[2 * i];
    }
  }
};

/**
 * Scrambled Sobol' points for the first levels of a Brownian bridge in the clock, independent normals below: z of a step is then
 * conditioned on the sum over its segment.
 */
function quasi({ increments }: Grid): Sampler {
  const n = increments.length;
  const clock = new Float64Array(n + 1);
  for (let k = 0; k < n; k++) clock[k + 1] = clock[k] + increments[k];
  // Knots at equal parts of the clock, so that each segment carries the same variance.
  const knots = [0];
  for (let j = 1; j < DIMENSIONS; j++) {
    let k = knots[j - 1] + 1;
    while (k < n - (DIMENSIONS - j) && clock[k] < (clock[n] * j) / DIMENSIONS) k++;
    knots.push(k);
  }
  knots.push(n);
  const order = bridgeOrder(knots.length - 1);
  return (z, steps, batch, weights) => {
    independent(z, steps, batch, weights);
    const at = new Float64Array(knots.length);
    for (let i = 0; i < PATHS; i++) {
      order.forEach(({ left, middle, right }, dimension) => {
        const word = scramble(sobol(i, dimension), Math.imul(batch * DIMENSIONS + dimension + 1, 0x9e3779b1));
        const normal = normalQuantile((word + 0.5) / 2 ** 32);
        const t = clock[knots[middle]];
        if (left < 0) at[middle] = Math.sqrt(t) * normal;
        else {
          const [a, b] = [clock[knots[left]], clock[knots[right]]];
          const share = (t - a) / (b - a);
          at[middle] = at[left] + share * (at[right] - at[left]) + Math.sqrt(((t - a) * (b - t)) / (b - a)) * normal;
        }
      });
      for (let j = 0; j + 1 < knots.length; j++) {
        let sum = 0;
        for (let k = knots[j]; k < knots[j + 1]; k++) sum += Math.sqrt(increments[k]) * z[k * PATHS + i];
        const missing = (at[j + 1] - at[j] - sum) / (clock[knots[j + 1]] - clock[knots[j]]);
        for (let k = knots[j]; k < knots[j + 1]; k++) z[k * PATHS + i] += Math.sqrt(increments[k]) * missing;
      }
    }
  };
}

/**
 * Scrambled points in one dimension along the linearized path, Σ c_k z_k, independent normals across it: the direction that decides most
 * of the statistic at the end.
 */
const along: Sampler = (z, steps, batch, weights) => {
  independent(z, steps, batch, weights);
  const size = Math.sqrt(weights.reduce((sum, c) => sum + c * c, 0));
  const missing = new Float64Array(PATHS);
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < PATHS; i++) missing[i] -= (weights[k] / size) * z[k * PATHS + i];
  }
  for (let i = 0; i < PATHS; i++) {
    const word = scramble(sobol(i, 0), Math.imul(batch + 1, 0x9e3779b1));
    missing[i] += normalQuantile((word + 0.5) / 2 ** 32);
  }
  for (let k = 0; k < steps; k++) {
    for (let i = 0; i < PATHS; i++) z[k * PATHS + i] += (weights[k] / size) * missing[i];
  }
};

/** The last knot first, then always the middle of the widest gap. */
function bridgeOrder(last: number): { left: number; middle: number; right: number }[] {
  const order = [{ left: -1, middle: last, right: -1 }];
  const gaps: [number, number][] = [[0, last]];
  while (order.length < last) {
    gaps.sort(([a, b], [c, d]) => d - c - (b - a));
    const [left, right] = gaps.shift()!;
    if (right - left < 2) break;
    const middle = (left + right) >> 1;
    order.push({ left, middle, right });
    gaps.push([left, middle], [middle, right]);
  }
  return order;
}

/** Weights of the linearized path: δζ_T = Σ c_k z_k, with the drift linearized around the path without noise. */
function linearized(of: PathClass, { gTau, increments }: Grid): Float64Array {
  const n = gTau.length;
  const mean = new Paths(of, 1);
  const decay = new Float64Array(n);
  mean.p[0] = of.p;
  mean.q[0] = of.q;
  const still = new Float64Array(1);
  for (let k = 0; k < n; k++) {
    // d/dζ of λ(β − b) is λκ on the hyperbola.
    decay[k] = Math.exp(-gTau[k] * of.lambda * 0.5 * (mean.p[0] ** 2 + mean.q[0] ** 2));
    const one = new Paths({ ...of, p: mean.p[0], q: mean.q[0] }, 1);
    one.run({ gTau: gTau.subarray(k, k + 1), increments: increments.subarray(k, k + 1) }, still);
    mean.p[0] = one.p[0];
    mean.q[0] = one.q[0];
  }
  const c = new Float64Array(n);
  let after = 1;
  for (let k = n - 1; k >= 0; k--) {
    c[k] = Math.sqrt(2 * of.lambda * increments[k]) * after * Math.sqrt(decay[k]);
    after *= decay[k];
  }
  return c;
}

type Estimate = readonly [squaredError: number, curvature: number];

/** Mean over a batch; `control`: regression on δζ_T and its square, whose means are known. */
function batchMean(paths: Paths, grid: Grid, z: Float64Array, control: Float64Array | null): Estimate {
  paths.run(grid, z);
  if (control === null) {
    let squares = 0;
    let curvature = 0;
    for (let i = 0; i < PATHS; i++) {
      squares += paths.squaredError(i);
      curvature += paths.curvature(i);
    }
    return [squares / PATHS, curvature / PATHS];
  }
  const x = new Float64Array(PATHS);
  let variance = 0;
  for (let k = 0; k < control.length; k++) {
    const c = control[k];
    variance += c * c;
    for (let i = 0; i < PATHS; i++) x[i] += c * z[k * PATHS + i];
  }
  // The coefficients of each half come from the other, so that they are independent of what they correct: no bias.
  const half = PATHS / 2;
  const fits = [0, half].map((from) => regress(paths, x, variance, from, from + half));
  return [0, 1].map((which) => {
    const corrected = fits.map((own, h) => {
      const [w1, w2] = fits[1 - h].coefficients[which];
      return own.means[which] - w1 * own.x1 - w2 * own.x2;
    });
    return (corrected[0] + corrected[1]) / 2;
  }) as unknown as Estimate;
}

/** Means over paths from … to − 1, and least-squares coefficients of both statistics on δζ_T and δζ_T² − E δζ_T². */
function regress(paths: Paths, x: Float64Array, variance: number, from: number, to: number) {
  const n = to - from;
  let [x1, x2] = [0, 0];
  const means = [0, 0];
  for (let i = from; i < to; i++) {
    x1 += x[i] / n;
    x2 += (x[i] * x[i] - variance) / n;
    means[0] += paths.squaredError(i) / n;
    means[1] += paths.curvature(i) / n;
  }
  let [aa, ab, bb] = [0, 0, 0];
  const ay = [0, 0];
  const by = [0, 0];
  for (let i = from; i < to; i++) {
    const a = x[i] - x1;
    const b = x[i] * x[i] - variance - x2;
    const y = [paths.squaredError(i) - means[0], paths.curvature(i) - means[1]];
    aa += a * a;
    ab += a * b;
    bb += b * b;
    for (const k of [0, 1]) {
      ay[k] += a * y[k];
      by[k] += b * y[k];
    }
  }
  const determinant = aa * bb - ab * ab;
  const coefficients = [0, 1].map((k) => [
    (ay[k] * bb - by[k] * ab) / determinant,
    (by[k] * aa - ay[k] * ab) / determinant,
  ]);
  return { means, x1, x2, coefficients };
}

async function run({ quick, log }: SuiteContext): Promise<SuiteResult> {
  const batches = quick ? 60 : 400;
  const rows: Record<string, number | string>[] = [];
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
    const { path, values: exact } = solution;
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
      const moments = [0, 1].map((k) => {
        const mean = estimates.reduce((sum, e) => sum + e[k], 0) / batches;
        return { mean, variance: estimates.reduce((sum, e) => sum + (e[k] - mean) ** 2, 0) / (batches - 1) };
      });
      base ??= { variances: moments.map(({ variance }) => variance), seconds };
      const gains = moments.map(({ variance }, k) => (base!.variances[k] * base!.seconds) / (variance * seconds));
      rows.push({
        case: name,
        way,
        pathsAnEstimate: 2 * PATHS,
        cpuSecondsAnEstimate: seconds,
        riskRelativeStandardDeviation: Math.sqrt(moments[0].variance) / moments[0].mean,
        riskGainAtEqualCost: gains[0],
        curvatureGainAtEqualCost: gains[1],
        riskBiasInStandardErrors: (moments[0].mean - exact[0][1]) / Math.sqrt(moments[0].variance / batches),
        riskRelativeBias: moments[0].mean / exact[0][1] - 1,
      });
    }
    rows.push(...multilevel(name, path, stepSize, horizon, classes, exact[0][1], quick, log));
  }
  return {
    rows,
    notes: [
      'gain at equal cost: variance × processor time of independent sampling over that of the way, from one run; its own relative standard error is about √(4/batches)',
      `${quick ? 60 : 400} batches; f64 on one thread; λ = 1, b = 1 for half of the coordinates and 0 for the rest, v = 0`,
      'multilevel: cost of one level at the coarsest step whose bias is below the target, over the cost of levels down to that step, both at the same target error of R',
    ],
  };
}

/** Levels h = 0.8, 0.4, … with the same Brownian increments: variances and costs decide the optimal numbers of paths (Giles 2008). */
function multilevel(
  name: string,
  path: RiskPath,
  stepSize: number,
  horizon: number,
  classes: readonly PathClass[],
  exact: number,
  quick: boolean,
  log: (line: string) => void,
): Record<string, number | string>[] {
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
    const moments = (x: number[]) => {
      const mean = x.reduce((a, b) => a + b, 0) / x.length;
      return { mean, variance: x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1) };
    };
    return { seconds, single: moments(single), difference: moments(differences) };
  });
  const rows: Record<string, number | string>[] = [];
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
      case: name,
      way: `multilevel, steps ${steps[0]} … ${steps[finest]}`,
      pathsAnEstimate: repeats * PATHS,
      cpuSecondsAnEstimate: levels[finest].seconds,
      riskGainAtEqualCost: one / many,
      riskRelativeStandardDeviation: Math.sqrt(levels[finest].single.variance) / exact,
      riskRelativeBias: levels[finest].single.mean / exact - 1,
    });
  }
  return rows;
}

export default {
  name: 'variance',
  title: 'Variance reduction for the mean-field SDE: gain at equal cost over independent sampling',
  run,
} satisfies Suite;
