/** Who has diverged by t is in no average and no estimate at t, on any engine (docs/paths.md, "Divergence"). */
import { assert, asyncProperty, constantFrom, double, integer, record, uniqueArray } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divergenceLimits, leavingTime } from '../../src/problem/divergence.ts';
import { buildProblem, parseExperiment } from '../../src/problem/index.ts';
import type { Result } from '../../src/results/index.ts';
import { run } from './helpers.ts';

const BACKENDS = ['reference', 'cpu', 'gpu'] as const;

/** 2R(0). */
function startingRisk(experiment: unknown): number {
  const { dimension, lambda, b, u0, v0, labelNoise } = buildProblem(parseExperiment(experiment));
  const squares = lambda.reduce((sum, l, i) => sum + l * (u0[i] * v0[i] - b[i]) ** 2, 0);
  return squares / dimension + labelNoise ** 2;
}

/** Every number of a result is over those that leave later, none of whom is beyond the limit. Returns how many diverged. */
function expectWithoutDiverged(experiment: { methods: unknown[] }, result: Result): number {
  const limit = divergenceLimits(startingRisk(experiment)).twiceRisk / 2;
  const left = (index: number, t: number | null) =>
    result.events.filter((e) => e.kind === 'diverged' && e.index === index && e.time! <= t!).length;
  for (const { index, statistic, times, mean, quantiles, counts, count, failed } of result.curves) {
    expect(left(index, Number.POSITIVE_INFINITY)).toBe(failed);
    times.forEach((t, i) => {
      expect(counts![i]).toBe(count - left(index, t));
      expect(mean[i] === null).toBe(counts![i] === 0);
      if (statistic !== 'risk' || mean[i] === null) return;
      expect(mean[i]).toBeLessThanOrEqual(limit);
      expect(quantiles!['0.9'][i]).toBeLessThanOrEqual(limit);
    });
  }
  for (const estimate of result.estimates ?? []) {
    const own = result.curves.find(({ index }) => index === estimate.index)!;
    const alive = (t: number | null) => own.count - left(estimate.index, t);
    if (estimate.kind === 'distribution') expect(estimate.counts).toEqual(estimate.times.map(alive));
    if (estimate.kind === 'blow-up') expect(estimate.hits).toBe(left(estimate.index, estimate.before));
    if (estimate.kind === 'tail') expect(estimate.count).toBe(alive(estimate.time));
    if (estimate.kind === 'convergence') expect(estimate.count).toBe(own.count);
    if (estimate.kind === 'rate') expect(estimate.count + estimate.unfitted).toBe(alive(estimate.to));
  }
  return result.curves.reduce((sum, { failed }) => sum + failed, 0);
}

const estimates = (at: number) => [
  { kind: 'distribution', statistic: 'risk' },
  { kind: 'blow-up' },
  { kind: 'blow-up', before: at },
  { kind: 'tail', statistic: 'risk', above: 0.1, time: at },
  { kind: 'convergence', constant: 1e6, rate: 1e-9 },
  { kind: 'rate', from: 0, to: at },
];

const sde = (scheme: string, timeStep: number, coupling = 'interacting') => ({
  kind: 'sde',
  replicas: 40,
  scheme,
  timeStep,
  coupling,
});
const cases = {
  // Two replicas leave in the very step that follows the save time t = 1, with a risk of 10²¹ there.
  'SGD, d = 8': {
    problem: { dimension: 8 },
    stepSize: 2.2,
    horizon: 6,
    times: [1, 3, 6],
    methods: [{ kind: 'sgd', replicas: 40 }],
    estimates: estimates(1),
  },
  'SGD, d = 500': {
    problem: { dimension: 500 },
    stepSize: 2.6,
    horizon: 0.5,
    samples: 25,
    methods: [{ kind: 'sgd', replicas: 8 }],
    estimates: estimates(0.28),
  },
  'SGD, save times between steps, mini-batches': {
    problem: { dimension: 8, batchSize: 3, labelNoise: 0.5 },
    stepSize: 7,
    horizon: 2,
    times: [0.3, 0.31, 0.33, 0.71, 0.94, 1.3, 1.44, 2],
    methods: [{ kind: 'sgd', replicas: 40 }],
    estimates: estimates(0.33),
  },
  'SDE, interacting': {
    problem: { dimension: 8 },
    stepSize: 2.2,
    horizon: 6,
    times: [1, 2.5, 3, 6],
    methods: [sde('euler-uv', 0.5), sde('euler', 0.5)],
    estimates: estimates(2.5),
  },
  'SDE, mean-field': {
    problem: { dimension: 64, initialization: { kind: 'constant', u: 6, v: 0 } },
    stepSize: 1.1,
    horizon: 0.09,
    times: [0.03, 0.06, 0.09],
    methods: [sde('euler-uv', 0.03, 'mean-field'), sde('euler', 0.03, 'mean-field')],
    estimates: estimates(0.06),
  },
};

describe.each(Object.entries(cases))('%s', (_, experiment) => {
  it.each(BACKENDS)('%s: the averages and estimates at t are over those that leave later', async (backend) => {
    const { result } = await run(experiment, { backend });
    expect(expectWithoutDiverged(experiment, result)).toBeGreaterThan(0);
  });
});

it('holds for any step size, dimension and save times', async () => {
  const wild = record({
    dimension: integer({ min: 1, max: 12 }),
    stepSize: double({ min: 1.5, max: 12, noNaN: true }),
    times: uniqueArray(double({ min: 0.01, max: 2, noNaN: true }), { minLength: 1, maxLength: 6 }),
    seed: integer({ min: 0, max: 1e6 }),
    method: constantFrom<object>({ kind: 'sgd' }, sde('euler-uv', 0.3), sde('euler', 0.3), sde('strang', 0.3)),
    backend: constantFrom('reference' as const, 'cpu' as const),
  });
  let diverged = 0;
  const property = asyncProperty(wild, async ({ dimension, stepSize, times, seed, method, backend }) => {
    const sorted = [...times].sort((a, b) => a - b);
    const at = sorted[Math.floor(sorted.length / 2)];
    const experiment = {
      problem: { dimension },
      stepSize,
      horizon: sorted.at(-1),
      times: sorted,
      methods: [{ ...method, replicas: 12 }],
      estimates: estimates(at),
      seed,
    };
    const { result } = await run(experiment, { backend });
    diverged += expectWithoutDiverged(experiment, result);
  });
  await assert(property, { numRuns: 60, seed: 16 });
  expect(diverged).toBeGreaterThan(50);
});

describe('the rule', () => {
  it('a path leaves at the end of its step, after the last save time it was in, and by the one it is missing from', () => {
    const times = [0, 0.3, 0.33, 1];
    expect(leavingTime(times, 3, 0.5)).toBe(0.5);
    // Step 3 of d = 8 ends at 0.375, after the save time t = 0.33 that rounds to it.
    expect(leavingTime(times, 2, 3 / 8)).toBe(0.33);
    expect(leavingTime(times, 2, 0.3)).toBe(0.33);
    expect(leavingTime(times, 3)).toBe(1);
    expect(leavingTime(times, 0)).toBe(0);
  });

  it('what is not a finite number exceeds every limit', () => {
    for (const start of [0, 1, 1e300, Number.POSITIVE_INFINITY]) {
      const { residual, twiceRisk } = divergenceLimits(start);
      for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(x <= residual).toBe(false);
        expect(x <= twiceRisk).toBe(false);
      }
    }
    expect(divergenceLimits(4)).toEqual({ residual: 3e6, twiceRisk: 9e12 });
  });
});
