/**
 * The table of docs/layout.md: npx tsx bench/layout.ts [d …]. The largest gap at t = 0 between a laid-out problem and its limit, over all named statistics and the
 * three parametrizations, in units of 1/d; and the time of the three layouts. About a minute for 10⁷.
 */
import { buildProblem, gain, parseExperiment } from '../src/problem/index.ts';
import { lawMoments } from '../src/problem/layout/spectrum.ts';
import { gaussianStartMoments, INGREDIENTS, independentMeans, ingredients } from '../src/problem/layout/targets.ts';

const dimensions =
  process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 317, 1000, 3163, 10_000, 100_000];
const gaussian = { kind: 'gaussian', scale: 1 };
const cases = {
  'identity, Gaussian target and start': { target: gaussian, initialization: gaussian },
  'Marchenko–Pastur (ratio 1), Gaussian target and start': {
    covariance: { kind: 'marchenko-pastur', ratio: 1 },
    target: gaussian,
    initialization: gaussian,
  },
  'power law (exponent 1), sparse target (0.1), Gaussian start': {
    covariance: { kind: 'power-law', exponent: 1 },
    target: { kind: 'sparse', fraction: 0.1, value: 1 },
    initialization: gaussian,
  },
  'two levels, constant target, Gaussian start': {
    covariance: { kind: 'two-level', low: 0.5, high: 1.5, fraction: 0.5 },
    target: { kind: 'constant', value: 1 },
    initialization: gaussian,
  },
};

const rows = [['laws', ...dimensions.map((d) => `d = ${d}`)]];
for (const [title, laws] of Object.entries(cases)) {
  const row = [title];
  for (const dimension of dimensions) {
    const started = performance.now();
    let worst = 0;
    for (const parametrization of ['product', 'difference', 'square'] as const) {
      const { problem, ...rest } = parseExperiment({
        problem: { dimension, ...laws, parametrization },
        horizon: 1,
        methods: [{ kind: 'flow' }],
      });
      const { lambda, b, u0, v0 } = buildProblem({ problem, ...rest });
      const sums = new Float64Array(INGREDIENTS);
      const values = new Float64Array(INGREDIENTS);
      let [first, second] = [0, 0];
      for (let i = 0; i < dimension; i++) {
        ingredients(parametrization, gain(parametrization), lambda[i], b[i], u0[i], v0[i], values);
        for (let k = 0; k < INGREDIENTS; k++) sums[k] += values[k];
        first += b[i];
        second += b[i] * b[i];
      }
      // The count of a sparse target is a property of d.
      const target: [number, number] =
        problem.target.kind === 'gaussian' ? [0, 1] : [first / dimension, second / dimension];
      const start = gaussianStartMoments(parametrization, 1, 3, 15);
      const limit = independentMeans(parametrization, lawMoments(problem.covariance)!, target, start);
      const gaps = limit.map((mean, k) => (Number.isFinite(mean) ? sums[k] / dimension / mean - 1 : 0));
      // riskNoise is the product of two means.
      gaps.push((1 + gaps[0]) * (1 + gaps[5]) - 1);
      worst = Math.max(worst, ...gaps.map(Math.abs));
    }
    row.push(`${(worst * dimension).toFixed(2)}/d`);
    console.error(title, dimension, row[row.length - 1], `${((performance.now() - started) / 3000).toFixed(2)} s each`);
  }
  rows.push(row);
}
rows.splice(
  1,
  0,
  rows[0].map(() => '---'),
);
for (const row of rows) console.log(`| ${row.join(' | ')} |`);
