/**
 * Implicit regularization: SGD forgets its initialization, u² − v² = (u² − v²)(0)·exp(−2γ²λ∫R dt), and the more so the larger its
 * steps; gradient flow never does. Effective initialization (mean of log|u² − v²|) for several step sizes, each up to the same
 * γt, the time of gradient flow.
 *
 *     npx tsx examples/implicit-regularization.ts [d, default 1024]     → results/implicit-regularization/effective-initialization.svg
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { parseExperiment, type Result, runExperiment } from 'diagflow';
import { plotSvg } from 'diagflow/plot';

const DIMENSION = Number(process.argv[2] ?? 1024);
const STEP_SIZES = [0.05, 0.2, 0.5, 1];
const END = 5; // in units of γt
const OUT = 'results/implicit-regularization';

const results: { name: string; result: Result }[] = [];
for (const stepSize of STEP_SIZES) {
  const experiment = parseExperiment({
    problem: { dimension: DIMENSION, initialization: { kind: 'constant', u: 1, v: 0 } },
    stepSize,
    horizon: END / stepSize,
    samples: 50,
    statistics: ['effectiveInitialization', 'l1'],
    methods: [{ kind: 'sgd', replicas: 16 }, { kind: 'pde' }, { kind: 'flow' }],
  });
  const run = runExperiment(experiment, { backend: 'auto' });
  let step = await run.next();
  while (!step.done) step = await run.next();
  const find = (method: string, statistic = 'effectiveInitialization') =>
    step.value.curves.find((curve) => curve.method === method && curve.statistic === statistic)!;
  const [sgd, pde, flow] = [find('sgd'), find('pde'), find('flow')];
  results.push({ name: `γ = ${stepSize}`, result: step.value });
  const last = pde.mean.length - 1;
  const fixed = (value: number | null) => (value ?? Number.NaN).toFixed(4);
  console.log(
    `γ = ${String(stepSize).padEnd(4)}: at γt = ${END}, mean log|u² − v²| is ${fixed(sgd.mean[last])} ± ${fixed(sgd.standardError![last])} ` +
      `(SGD), ${fixed(pde.mean[last])} (PDE), ${fixed(flow.mean[last])} (gradient flow); ` +
      `mean |β| ${fixed(find('pde', 'l1').mean[last])} against ${fixed(find('flow', 'l1').mean[last])} of gradient flow`,
  );
}

mkdirSync(OUT, { recursive: true });
const picture = await plotSvg(results, { statistics: ['effectiveInitialization'], x: 'log' });
writeFileSync(`${OUT}/effective-initialization.svg`, picture);
console.log(`wrote ${OUT}/effective-initialization.svg`);
