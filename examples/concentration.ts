/**
 * Concentration: the risk of SGD and of the SDE against time for d = 16 … 4096, with a Marchenko–Pastur spectrum. The bands hold
 * eight runs in ten; they close in on the PDE as d grows, like d^(−1/2).
 *
 *     npx tsx examples/concentration.ts [largest d, default 4096]     → results/concentration/concentration.svg, d16.json, …
 *
 * The same picture of the saved results: npx diagflow plot results/concentration/d*.json --show curves,concentration --statistic risk
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseExperiment, type Result, runExperiment } from 'diagflow';
import { plotSvg } from 'diagflow/plot';

const LARGEST = Number(process.argv[2] ?? 4096);
const DIMENSIONS = [16, 64, 256, 1024, 4096].filter((d) => d <= LARGEST);
const OUT = 'results/concentration';

const experiment = (dimension: number) =>
  parseExperiment({
    problem: {
      dimension,
      covariance: { kind: 'marchenko-pastur', ratio: 0.5 },
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0 },
    },
    stepSize: 0.5,
    horizon: 6,
    samples: 60,
    statistics: ['risk'],
    methods: [
      { kind: 'sgd', replicas: 16 },
      { kind: 'sde', replicas: 16, timeStep: 0.02 },
      { kind: 'pde', tolerance: 1e-6 },
    ],
  });

mkdirSync(OUT, { recursive: true });
const results: { name: string; result: Result }[] = [];
for (const dimension of DIMENSIONS) {
  const run = runExperiment(experiment(dimension), { backend: 'auto' });
  let step = await run.next();
  while (!step.done) step = await run.next();
  const { curves, provenance } = step.value;
  results.push({ name: `d = ${dimension}`, result: step.value });
  writeFileSync(`${OUT}/d${dimension}.json`, JSON.stringify(step.value));

  // How far the mean of SGD and the width of its band are from the limit, as shares of the limit.
  const [sgd, , pde] = curves;
  const gap = Math.max(...pde.mean.map((limit, i) => Math.abs(sgd.mean[i]! - limit!) / limit!));
  const width = Math.max(
    ...pde.mean.map((limit, i) => (sgd.quantiles!['0.9'][i]! - sgd.quantiles!['0.1'][i]!) / limit!),
  );
  const seconds = Object.values(provenance.seconds).reduce((sum, s) => sum + s, 0);
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`.padStart(7);
  console.log(
    `d = ${String(dimension).padStart(5)}: SGD's mean within ${percent(gap)} of the PDE, widest band ${percent(width)}   (${seconds.toFixed(1)} s)`,
  );
}

const show = results.length > 1 ? (['curves', 'concentration'] as const) : (['curves'] as const);
writeFileSync(`${OUT}/concentration.svg`, await plotSvg(results, { show, statistics: ['risk'] }));
console.log(`wrote ${OUT}/concentration.svg`);
