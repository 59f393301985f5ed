/** SGD on the kernels against the f64 reference, path by path: same words, so the same path up to the rounding of f32 features. */
import { describe, expect, test } from 'vitest';
import { referenceSimulator } from '../../../src/cpu/reference/index.ts';
import { wasmSimulator } from '../../../src/cpu/wasm/index.ts';
import { sStepSgd } from '../../../src/cpu/wasm/sgd.ts';
import type { SgdPlan, Simulator } from '../../../src/cpu/workers/simulator.ts';
import { problemOf, runPath, worstDifference } from './paths.ts';

const TOLERANCE = 1e-5;

async function compare(fields: Parameters<typeof problemOf>[0], times: number[], options = {}) {
  const problem = problemOf(fields);
  const fast = await runPath(wasmSimulator, problem, times, options);
  const reference = await runPath(referenceSimulator, problem, times, options);
  expect(reference.failure).toBeNull();
  expect(fast.failure).toBeNull();
  expect(fast.excess.length).toBe(times.length + 1);
  expect(worstDifference(fast.excess, reference.excess)).toBeLessThan(TOLERANCE);
  expect(fast.done).toBe(reference.done);
  return { fast, reference };
}

const SCHEDULES = {
  constant: 0.5,
  piecewise: { kind: 'piecewise', times: [0, 0.5], values: [0.6, 0.2] },
  power: { kind: 'power', initial: 0.8, exponent: 0.5, time: 1 },
  cosine: { kind: 'cosine', initial: 0.7, final: 0.05 },
} as const;

const RICH = {
  covariance: { kind: 'power-law', exponent: 0.5 },
  target: { kind: 'gaussian', scale: 0.7 },
  initialization: { kind: 'gaussian', scale: 0.8 },
} as const;

describe('plain', () => {
  test.each([1, 5, 16, 64, 500, 513, 1000, 4096, 8192])('d = %d', async (dimension) => {
    const times = dimension > 2000 ? [0.1, 0.2] : [0.25, 0.5, 1];
    await compare({ problem: { dimension }, stepSize: 0.4, horizon: 1 }, times);
  });

  test.each(['product', 'difference', 'square'] as const)('%s', async (parametrization) => {
    const stepSize = parametrization === 'product' ? 0.5 : 0.1;
    const problem = { ...RICH, dimension: 700, parametrization };
    if (parametrization === 'square') Object.assign(problem, { initialization: { kind: 'constant', u: 0.8, v: 0 } });
    await compare({ problem, stepSize, horizon: 2 }, [0.1, 0.9, 2]);
  });

  test.each(Object.entries(SCHEDULES))('%s schedule', async (_name, stepSize) => {
    await compare({ problem: { ...RICH, dimension: 300 }, stepSize, horizon: 2 }, [0.3, 1, 2]);
  });

  test.each([
    'gaussian',
    'rademacher',
    'uniform',
    { kind: 'student-t', degrees: 5 },
    { kind: 'student-t', degrees: 2.5 },
  ] as const)('features %j, noise, batches kept and made twice', async (features) => {
    await compare(
      { problem: { ...RICH, dimension: 600, features, labelNoise: 0.3 }, stepSize: 0.3, horizon: 1 },
      [0.5, 1],
    );
    await compare(
      { problem: { ...RICH, dimension: 600, features, labelNoise: 0.3, batchSize: 5 }, stepSize: 0.5, horizon: 1 },
      [0.5, 1],
    );
    // 16 samples of 20,000 exceed what is kept between residual and update.
    if (features === 'gaussian') return;
    await compare(
      { problem: { ...RICH, dimension: 20_000, features, labelNoise: 0.3, batchSize: 16 }, stepSize: 0.5, horizon: 1 },
      [0.001],
    );
  });

  test('more label noise samples than one group holds, every seed and replica bit', async () => {
    await compare({ problem: { dimension: 64, labelNoise: 1, batchSize: 40 }, stepSize: 0.5, horizon: 1 }, [1], {
      seed: 2 ** 52 + 12345678901,
      replica: 4_000_000_000,
    });
  });
});

describe('two steps a pass', () => {
  // Save times after a step, within what would be a pass, and at the end of one.
  test.each([8193, 10_000, 30_001, 100_000])('d = %d', async (dimension) => {
    const times = [1, 4, 7, 8, 60].map((step) => step / dimension);
    await compare({ problem: { ...RICH, dimension }, stepSize: 0.5, horizon: 1 }, times);
  });

  test.each(['gaussian', 'rademacher', 'uniform', { kind: 'student-t', degrees: 5 }] as const)(
    'features %j, noise and a schedule',
    async (features) => {
      const problem = { ...RICH, dimension: 9000, features, labelNoise: 0.3 };
      await compare({ problem, stepSize: { kind: 'cosine', initial: 0.4, final: 0.01 }, horizon: 0.02 }, [0.005, 0.02]);
    },
  );

  test.each(['difference', 'square'] as const)('%s', async (parametrization) => {
    const initialization = { kind: 'constant', u: 0.8, v: parametrization === 'square' ? 0 : 0.2 };
    const problem = { ...RICH, dimension: 9000, parametrization, initialization };
    await compare({ problem, stepSize: 0.1, horizon: 1 }, [0.003, 0.02]);
  });

  test('every seed and replica bit', async () => {
    await compare({ problem: { dimension: 8200, labelNoise: 1 }, stepSize: 0.5, horizon: 1 }, [0.002], {
      seed: 2 ** 52 + 12345678901,
      replica: 4_000_000_000,
    });
  });

  test('more steps than a call of the kernel takes', async () => {
    await compare(
      { problem: { dimension: 8200, target: { kind: 'sparse', fraction: 0.5, value: 1 } }, stepSize: 0.5, horizon: 1 },
      [0.1, 0.4],
    );
  });

  // At this dimension a whole descent takes minutes, so the kernel is given one that others would be taken for.
  test('no stagnation: R followed down to 1e-10 of the first, and further', async () => {
    const passes: Simulator = { ...wasmSimulator, open: (job) => sStepSgd(job, job.plan as SgdPlan) };
    const problem = problemOf({
      problem: { dimension: 300, initialization: { kind: 'constant', u: 1.5, v: 0.2 } },
      stepSize: 0.4,
      horizon: 30,
    });
    const times = [0.17, 10, 20, 30];
    const fast = await runPath(passes, problem, times);
    const reference = await runPath(referenceSimulator, problem, times);
    expect(reference.excess.at(-1)! / reference.excess[0]).toBeLessThan(1e-10);
    expect(worstDifference(fast.excess, reference.excess)).toBeLessThan(TOLERANCE);
  });
});

describe('bridge', () => {
  test.each([8193, 10_000, 30_001, 100_000])('d = %d', async (dimension) => {
    const problem = { ...RICH, dimension, batchSize: 2 };
    await compare({ problem, stepSize: 0.5, horizon: 1 }, [10 / dimension, 60 / dimension]);
  });

  test.each(['product', 'difference', 'square'] as const)(
    '%s with noise, batch and a schedule',
    async (parametrization) => {
      const problem = { ...RICH, dimension: 9000, parametrization, labelNoise: 0.2, batchSize: 3 };
      if (parametrization === 'square') Object.assign(problem, { initialization: { kind: 'constant', u: 0.8, v: 0 } });
      await compare({ problem, stepSize: { kind: 'cosine', initial: 0.4, final: 0.01 }, horizon: 1 }, [0.01, 0.03]);
    },
  );

  test('a long path', async () => {
    const target = { kind: 'sparse', fraction: 0.5, value: 1 };
    await compare({ problem: { dimension: 8200, target, batchSize: 2 }, stepSize: 0.5, horizon: 1 }, [0.1, 0.4]);
  });

  test('coordinates that are solved exactly have no part in the residual', async () => {
    // S_b = 0 in every block but the first: β = b there from the start.
    const b = Array.from({ length: 9000 }, (_, i) => (i < 10 ? 0.5 : 1));
    const u = b.map(() => 1);
    const fields = {
      problem: {
        dimension: 9000,
        target: { kind: 'values', values: b },
        initialization: { kind: 'values', u, v: u },
        batchSize: 2,
      },
      stepSize: 0.5,
      horizon: 1,
    } as const; // prettier-ignore
    await compare(fields, [0.01]);
  });
});

describe('failure', () => {
  // With steps of 4 and 5 it is the first and the second step of a pass of two.
  test.each([
    [500, 1, 4],
    [9000, 1, 4],
    [9000, 1, 5],
    [9000, 2, 4],
  ])(
    'divergence stops at the same step as the reference, d = %d, m = %d, γ = %d',
    async (dimension, batchSize, stepSize) => {
      const problem = problemOf({
        problem: { dimension, batchSize, initialization: { kind: 'constant', u: 3, v: 0.5 } },
        stepSize,
        horizon: 3,
      });
      const fast = await runPath(wasmSimulator, problem, [0.001, 3]);
      const reference = await runPath(referenceSimulator, problem, [0.001, 3]);
      expect(reference.failure?.time).toBeGreaterThan(0);
      expect(fast.failure?.time).toBe(reference.failure?.time);
      expect(fast.failure?.message).toMatch(/diverged: \|r\| is .*limit/);
      expect(fast.excess.length).toBe(reference.excess.length);
    },
  );
});

describe('no stagnation', () => {
  test('risk follows the reference to 1e-12 of the first', async () => {
    const { reference } = await compare(
      { problem: { dimension: 64, initialization: { kind: 'constant', u: 1.5, v: 0.2 } }, stepSize: 0.4, horizon: 30 },
      [10, 20, 30],
    );
    expect(reference.excess.at(-1)! / reference.excess[0]).toBeLessThan(1e-12);
  });
});
