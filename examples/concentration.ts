/**
 * Concentration: the risk of SGD and of the SDE against time for d = 16 … 4096, with a Marchenko–Pastur spectrum. The bands hold
 * eight runs in ten; they close in on the PDE as d grows, like d^(−1/2).
 *
 *     npx tsx examples/concentration.ts [largest d, default 4096]     → results/concentration/concentration.svg, .json
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { type Curve, parseExperiment, runExperiment } from 'diagflow';
import { type Row, renderSvg } from './figure.ts';

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
      // The limit does not depend on d: it is solved once, with the first.
      ...(dimension === DIMENSIONS[0] ? [{ kind: 'pde' as const, tolerance: 1e-6 }] : []),
    ],
  });

const rows: Row[] = [];
let limit: readonly Curve[] = [];
/** The same as a deviation from the PDE, in per cent of it. */
const deviations: Row[] = [];
for (const dimension of DIMENSIONS) {
  const run = runExperiment(experiment(dimension), { backend: 'auto' });
  let step = await run.next();
  while (!step.done) step = await run.next();
  const { curves, provenance } = step.value;
  if (limit.length === 0) limit = curves.filter((curve) => curve.method === 'pde');
  const ensembles = curves.filter((curve) => curve.method !== 'pde');
  const [[sgd], [pde]] = [ensembles, limit];
  for (const { method, times, mean, quantiles } of [...ensembles, ...limit]) {
    times.forEach((time, i) => {
      const row: Row = {
        panel: `d = ${dimension}`,
        series: method.toUpperCase(),
        time: time!,
        value: mean[i],
        low: quantiles?.['0.1'][i] ?? null,
        high: quantiles?.['0.9'][i] ?? null,
      };
      const deviation = (value: number | null) => (value === null ? null : 100 * (value / pde.mean[i]! - 1));
      rows.push(row);
      deviations.push({ ...row, value: deviation(row.value), low: deviation(row.low), high: deviation(row.high) });
    });
  }

  // How far the mean of SGD and the width of its band are from the limit, as shares of the limit.
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

mkdirSync(OUT, { recursive: true });
writeFileSync(`${OUT}/concentration.json`, JSON.stringify(rows));
writeFileSync(
  `${OUT}/concentration.svg`,
  await renderSvg(
    [
      { rows, y: 'risk R(t)' },
      { rows: deviations, y: 'deviation from the PDE (%)', scale: 'linear', height: 160 },
    ],
    {
      title: 'The risk concentrates: bands of SGD and SDE around the PDE',
      subtitle: 'Marchenko–Pastur spectrum, γ = 0.5; bands hold 8 runs of 10, lines are means of 16',
      x: 't (units of d steps)',
      order: ['SGD', 'SDE', 'PDE'],
      colors: ['#0072B2', '#E69F00', '#000000'],
    },
  ),
);
console.log(`wrote ${OUT}/concentration.svg`);
