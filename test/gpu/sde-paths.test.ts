/** The SDE on the GPU against the f64 reference, path by path with the same seed: every scheme, both couplings, both kernels. */
import { afterAll, describe, expect, it } from 'vitest';
import type { RiskPath, SdeRequest, SdeScheme } from '../../src/statistics/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, named, referencePaths, requestFor, varied, worstRelative } from './twin.ts';

afterAll(closeTestDevice);

const statistics = named('risk', 'curvature', 'l1', 'gradientNormSquared', 'riskNoise');

/** A risk path of closed form. */
function decaying(end: number): RiskPath {
  return { end, risk: (t) => 0.3 * Math.exp(-t), clock: (t) => 0.05 * (1 - Math.exp(-t)) };
}

async function compare(
  dimension: number,
  scheme: SdeScheme,
  coupling: SdeRequest['coupling'],
  times: number[],
): Promise<void> {
  const problem = varied(dimension, {
    batchSize: 2,
    labelNoise: 0.2,
    stepSize: { kind: 'piecewise', times: [0, 0.33], values: [0.4, 0.3] },
  });
  const method: SdeRequest = { kind: 'sde', scheme, timeStep: 0.07, coupling };
  const request = requestFor(problem, times, { statistics, method, replicas: { first: 9, count: 2 } });
  const gpu = await gpuPaths(await testEngine(), request);
  const reference = await referencePaths(request);
  expect(gpu.failures).toEqual(new Map());
  expect(gpu.done).toBe(reference.done);
  statistics.forEach(({ name }, k) => {
    expect(worstRelative(gpu, reference, k), name).toBeLessThanOrEqual(2e-6);
  });
}

const schemes: SdeScheme[] = ['strang', 'euler', 'euler-uv'];

describe('interacting', () => {
  it.each(schemes)('%s, one workgroup a replica', (scheme) => compare(333, scheme, 'interacting', [0, 0.5, 1.03, 2]));
  it.each(schemes)('%s, blocks', (scheme) => compare(20_001, scheme, 'interacting', [0, 0.5, 1.03]));
});

describe('mean-field', () => {
  it.each(schemes)('%s', (scheme) => compare(1_001, scheme, decaying(10), [0, 0.5, 1.03, 2]));
  it('many coordinates', () => compare(50_000, 'strang', decaying(10), [0, 0.2]));
});

describe('hard starts of the exact drift flow', () => {
  const d = 300;
  it.each<[string, (i: number) => [number, number, number]]>([
    ['p or q zero, target of either sign or none', (i) => [0.5, i % 2 ? 0.5 : -0.5, (i % 3) - 1]],
    ['small weights', (i) => [1e-3, 0, (i % 3) - 1]],
    ['large weights', (i) => [3, -1, (i % 3) - 1]],
    ['at the target already', (i) => [i % 2, 1, i % 2]],
  ])('%s', async (_, at) => {
    const column = (k: number) => Float64Array.from({ length: d }, (_, i) => at(i)[k]);
    const problem = varied(d, {
      u0: column(0),
      v0: column(1),
      b: column(2),
      stepSize: { kind: 'constant', value: 0.2 },
    });
    const method: SdeRequest = { kind: 'sde', scheme: 'strang', timeStep: 0.25, coupling: 'interacting' };
    const request = requestFor(problem, [0, 1, 4], { statistics, method });
    const gpu = await gpuPaths(await testEngine(), request);
    const reference = await referencePaths(request);
    statistics.forEach(({ name }, k) => {
      expect(worstRelative(gpu, reference, k), name).toBeLessThanOrEqual(1e-5);
    });
  });
});
