/**
 * SGD and the SDE on the GPU against the reference values of docs/theory.md, "Reference values" (d → ∞). Tolerance: four standard
 * errors of the mean over 16 replicas, and 8/d relative for the finite dimension (16 replicas make |t| > 4 with
 * probability 0.0012 by chance; about 20 comparisons: false alarms of one seed in 40, and the seed is fixed).
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { EnsembleRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, halfSparse, named, type Paths, requestFor } from './twin.ts';

afterAll(closeTestDevice);

const d = 400;
const replicas = { first: 0, count: 16 };
const statistics = named('risk', 'curvature');

function expectMeans(
  paths: Paths,
  statistic: number,
  expected: readonly (readonly [time: number, value: number])[],
): void {
  expect(paths.failures.size).toBe(0);
  for (const [time, value] of expected) {
    const sample = paths.values.map((rows) => rows[time][statistic]);
    const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length;
    const variance = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (sample.length - 1);
    const tolerance = 4 * Math.sqrt(variance / sample.length) + (8 / d) * value;
    expect(Math.abs(mean - value), `time ${time}: ${mean} for ${value}`).toBeLessThanOrEqual(tolerance);
  }
}

const cases = [
  { name: 'A', gamma: 0.5, alpha: 1, times: [0, 0.8, 1.6, 2.4, 4], risk: [0.134867, 0.072092, 0.037173, 0.0087675] },
  { name: 'B', gamma: 2, alpha: 1, times: [0, 1, 2, 5], risk: [0.233045, 0.158021, 0.080431] },
  { name: 'C', gamma: 1, alpha: 0.1, times: [0, 3, 6], risk: [0.149488, 0.02735] },
];

describe.each(cases)('case $name', ({ gamma, alpha, times, risk }) => {
  const problem = halfSparse(d, gamma, alpha, times[times.length - 1]);
  const run = async (change: Partial<EnsembleRequest>) =>
    gpuPaths(await testEngine(), requestFor(problem, times, { statistics, replicas, ...change }));
  const expected = risk.map((value, i) => [i + 1, value] as const);

  it('SGD', async () => {
    const paths = await run({});
    expectMeans(paths, 0, expected);
    if (alpha === 1 && gamma === 0.5) {
      expectMeans(paths, 1, [
        [1, 1.132676],
        [2, 1.267164],
        [4, 1.473656],
      ]);
    }
  });

  it('interacting SDE', async () => {
    const paths = await run({ method: { kind: 'sde', scheme: 'strang', timeStep: 0.05, coupling: 'interacting' } });
    expectMeans(paths, 0, expected);
  });
});
