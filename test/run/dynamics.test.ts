/** Step sizes that depend on the state, momentum and depth, in whole runs: cut and taken up, divided and merged, swept. The numbers are those of one run. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { models, momenta, stateStepSizes } from '../../src/dynamics/index.ts';
import { parseSweep } from '../../src/problem/index.ts';
import type { Result, SweepPoint } from '../../src/results/index.ts';
import {
  type BackendChoice,
  buildShardFile,
  mergeShards,
  parseExperiment,
  type RunEvent,
  type RunOptions,
  readCheckpoint,
  readShard,
  runExperiment,
  runSweep,
  writeCheckpoint,
  writeShard,
} from '../../src/run/index.ts';
import { joined, sourceOf } from './bytes.ts';
import { curveOf, run } from './helpers.ts';

const PARAMETERS: Readonly<Record<string, object>> = {
  'adagrad-norm': { eta: 0.1, b0: 0.5 },
  'stochastic-polyak': { c: 1, max: 0.2 },
  'line-search': { max: 0.2 },
  expression: { expression: '0.5 / (1 + integral(stepSize * risk) + t)', min: 0.001, max: 0.2 },
};
const adaptive = stateStepSizes.map(({ kind }) => ({ kind, ...PARAMETERS[kind] }));
const momentum = momenta.map(({ kind }) => ({ kind, value: 0.6 }));
const deep = models.flatMap((model) => ('schema' in model ? [{ kind: model.kind, depth: 3 }] : []));

/** Label noise and mini-batches throughout. */
function fileOf(parametrization: unknown, stepSize: unknown, of: unknown) {
  const isPde = (parametrization as { kind?: string }).kind !== 'power-difference';
  const sde = { kind: 'sde', replicas: 2, timeStep: 0.1 };
  return {
    problem: {
      dimension: 8,
      labelNoise: 0.2,
      batchSize: 2,
      parametrization,
      initialization: { kind: 'constant', u: 0.8 },
    },
    stepSize,
    ...(of !== undefined && { momentum: of }),
    horizon: 1.5,
    samples: 3,
    statistics: ['risk', 'stepSize', 'riskNoise'],
    methods: [
      { kind: 'sgd', replicas: 3 },
      sde,
      ...(isPde
        ? [
            { ...sde, coupling: 'mean-field' },
            { kind: 'pde', tolerance: 1e-2 },
          ]
        : []),
      { kind: 'sgd', until: { statistic: 'stepSize', relativeError: 0.5, most: 40 }, replicas: 4 },
    ],
    estimates: [
      { kind: 'rate', from: 0, to: 1.5 },
      { kind: 'distribution', statistic: 'stepSize' },
      { kind: 'covariance', statistics: ['risk', 'stepSize'] },
    ],
    seed: 6,
  };
}

const CASES = [
  ...adaptive.map((s, i) => [s.kind, fileOf(['product', 'difference', 'square'][i % 3], s, momentum[i % 3])] as const),
  ...momentum.map((m) => [m.kind, fileOf('product', 0.2, m)] as const),
  ...deep.map((p, i) => [`${p.kind}, ${adaptive[i].kind}`, fileOf(p, adaptive[3 * i], momentum[i])] as const),
];

type Samples = Map<string, number[]>;
/** Runs up to the n-th checkpoint, or to the end; what each replica had at each save time. */
async function follow(file: object, options: RunOptions, n = Number.POSITIVE_INFINITY) {
  const events = runExperiment(options.from?.experiment ?? parseExperiment(file), { workers: 0, ...options });
  const samples: Samples = new Map();
  const ensembles: Extract<RunEvent, { type: 'ensemble' }>[] = [];
  for (let seen = 0; ; ) {
    const step = await events.next();
    if (step.done) return { result: step.value, samples, ensembles };
    const event = step.value;
    if (event.type === 'ensemble') ensembles.push(event);
    if (event.type === 'samples') {
      const width = parseExperiment(file).statistics.length;
      for (let r = 0; r * width < event.values.length; r++)
        samples.set(
          `${event.index} ${event.timeIndex} ${event.firstReplica + r}`,
          Array.from(event.values.slice(r * width, (r + 1) * width)),
        );
    }
    if (event.type !== 'checkpoint' || ++seen < n) continue;
    await events.return(undefined as never);
    return { checkpoint: event.checkpoint, samples, ensembles };
  }
}

const numbersOf = (result: Result | undefined) => {
  const { seconds: _, started: __, ...rest } = result!.provenance;
  return { ...result, provenance: rest };
};

/** Every look at the clock is two milliseconds after the one before, so that a checkpoint is due wherever one can be made. */
let now = 0;
beforeEach(() => {
  vi.spyOn(performance, 'now').mockImplementation(() => {
    now += 2;
    return now;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe.each(['reference', 'cpu'] satisfies BackendChoice[])('on %s', (backend) => {
  it.each(CASES)('%s: cut anywhere, the run goes on to the same numbers, bit for bit', async (_, file) => {
    const whole = await follow(file, { backend });
    expect(whole.result!.events.filter(({ kind }) => kind === 'failed')).toEqual([]);
    expect(whole.result!.curves.every(({ mean }) => mean.every((x) => Number.isFinite(x)))).toBe(true);
    let cuts = 0;
    for (let n = 2; ; n = 5 * n + 1) {
      const { checkpoint } = await follow(file, { backend, checkpointEvery: 1 }, n);
      if (checkpoint === undefined) break;
      cuts++;
      const from = await readCheckpoint(sourceOf(joined(await writeCheckpoint(checkpoint))));
      expect(numbersOf((await follow(file, { backend, from })).result)).toEqual(numbersOf(whole.result));
    }
    expect(cuts).toBeGreaterThan(2);
  });
});

it.each(CASES)('%s: shards have the replicas of the whole run, bit for bit, and merge to it', async (_, file) => {
  const divided = { ...file, methods: file.methods.filter((method) => !('until' in method)) };
  const whole = await follow(divided, { backend: 'reference' });
  const samples: Samples = new Map();
  const shards = [];
  for (const index of [1, 2]) {
    const shard = { index, of: 2 };
    const part = await follow(divided, { backend: 'reference', shard });
    for (const [key, values] of part.samples) samples.set(key, values);
    const bytes = joined(await writeShard(buildShardFile(shard, part.result!, part.ensembles)));
    shards.push({ label: `part ${index}`, file: await readShard(sourceOf(bytes)) });
  }
  expect(samples).toEqual(whole.samples);
  const merged = mergeShards(shards);
  expect(merged.events).toEqual(whole.result!.events);
  for (const [k, curve] of merged.curves.entries()) {
    // Means of parts are added up in another order.
    const { mean } = whole.result!.curves[k];
    for (const [i, x] of curve.mean.entries()) expect(Math.abs(x! / mean[i]! - 1)).toBeLessThanOrEqual(1e-14);
  }
});

it.each([
  ['stepSize.eta', 'product', adaptive[0], undefined, [0.1, 0.3]],
  ['stepSize.max', 'square', adaptive[2], momentum[1], [0.1, 0.3]],
  ['momentum.value', 'product', 0.1, momentum[0], [0, 0.5]],
  ['problem.parametrization.depth', deep.find(({ kind }) => kind === 'power'), 0.05, undefined, [2, 4]],
] as const)('a sweep of %s', async (field, parametrization, stepSize, of, values) => {
  const { methods, ...rest } = fileOf(parametrization, stepSize, of);
  const experiment = { ...rest, methods: methods.filter(({ kind }) => kind === 'sgd' || kind === 'pde').slice(0, 2) };
  const parsed = parseSweep({ experiment, axes: [{ field, values }] });
  const points: SweepPoint[] = [];
  for await (const event of runSweep(parsed, { backend: 'reference', workers: 0 }))
    if (event.type === 'point') points.push(event.point);
  points.sort((a, b) => a.index - b.index);
  for (const { index, stepSize: last, problems, methods: ran } of points) {
    expect(problems).toEqual([]);
    const alone = runExperiment(parsed.experimentAt(index), { backend: 'reference', workers: 0 });
    let step = await alone.next();
    while (!step.done) step = await alone.next();
    for (const { index: position, final } of ran)
      for (const [name, { mean }] of Object.entries(final))
        expect(mean).toBe(step.value.curves.find((c) => c.index === position && c.statistic === name)!.mean.at(-1));
    // γ at the end: the schedule's, or the limit's own.
    expect(last).toBe(typeof stepSize === 'number' ? stepSize : ran[1].final.stepSize.mean);
  }
  expect(points[0].methods[1].final.risk.mean).not.toBe(points[1].methods[1].final.risk.mean);
});

// Its clock and γ are those of the PDE. 7 cases × 2 statistics × 2 times at z = 4: a false alarm in 2·10⁻³.
const WITH_PDE = CASES.filter(([, { methods }]) => methods.some(({ kind }) => kind === 'pde'));
it.each(WITH_PDE)('%s: the mean-field SDE has the means of the PDE', async (_, file) => {
  const methods = [
    { kind: 'sde', replicas: 200, timeStep: 0.05, coupling: 'mean-field' },
    { kind: 'pde', tolerance: 1e-5 },
  ];
  const { result } = await run(
    { ...file, statistics: ['risk', 'curvature', 'stepSize'], methods, estimates: undefined },
    { backend: 'cpu' },
  );
  for (const statistic of ['risk', 'curvature']) {
    const sde = curveOf(result, 'sde', statistic);
    const { mean } = curveOf(result, 'pde', statistic);
    for (const i of [2, 3]) expect(Math.abs(sde.mean[i]! - mean[i]!)).toBeLessThanOrEqual(4 * sde.standardError![i]!);
  }
  const [own, limit] = (['sde', 'pde'] as const).map((method) => curveOf(result, method, 'stepSize').mean);
  for (const [i, gamma] of limit.entries()) expect(Math.abs(own[i]! / gamma! - 1)).toBeLessThanOrEqual(1e-5);
});
