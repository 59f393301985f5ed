/** The SDE on the kernels against the f64 reference, path by path. */
import { describe, expect, test } from 'vitest';
import { referenceSimulator } from '../../../src/cpu/reference/index.ts';
import { wasmSimulator } from '../../../src/cpu/wasm/index.ts';
import type { RiskPath, SdeRequest } from '../../../src/statistics/stream.ts';
import { problemOf, runPath, worstDifference } from './paths.ts';

/** Some decreasing risk: the kernels must agree on any clock, not only on the PDE's. R = ½e^(−t), clock ∫ ¼R. */
const PATH: RiskPath = {
  end: 100,
  risk: (t) => 0.5 * Math.exp(-t),
  clock: (t) => -0.125 * Math.expm1(-t),
};

const COUPLINGS = [
  ['interacting', 'interacting'],
  ['mean-field', PATH],
] as const;

const RICH = {
  covariance: { kind: 'power-law', exponent: 0.5 },
  target: { kind: 'gaussian', scale: 0.7 },
  initialization: { kind: 'gaussian', scale: 0.8 },
} as const;

interface Options {
  coupling: SdeRequest['coupling'];
  timeStep?: number;
  tolerance?: number;
}

async function compare(fields: Parameters<typeof problemOf>[0], times: number[], options: Options) {
  const { coupling, timeStep = 0.05, tolerance = 1e-5 } = options;
  const problem = problemOf(fields);
  const method = { kind: 'sde', scheme: 'strang', timeStep, coupling } as const;
  const fast = await runPath(wasmSimulator, problem, times, { method, wantsLogInvariant: true });
  const reference = await runPath(referenceSimulator, problem, times, { method, wantsLogInvariant: true });
  expect(reference.failure).toBeNull();
  expect(fast.failure).toBeNull();
  expect(fast.excess.length).toBe(times.length + 1);
  expect(worstDifference(fast.excess, reference.excess)).toBeLessThan(tolerance);
  expect(fast.done).toBe(reference.done);
  const s = reference.states.at(-1)!.s!;
  fast.states.at(-1)!.s!.forEach((x, i) => {
    if (s[i] !== x) expect(Math.abs(x - s[i])).toBeLessThan(1e-6);
  });
  return { fast, reference };
}

describe.each(COUPLINGS)('strang, %s', (_name, coupling) => {
  test.each([1, 17, 64, 512, 1000, 4097, 100_000])('d = %d', async (dimension) => {
    const times = dimension > 5000 ? [0.2, 0.5] : [0.2, 1, 3];
    await compare({ problem: { ...RICH, dimension }, stepSize: 0.5, horizon: 3 }, times, { coupling });
  });

  test.each(['product', 'difference', 'square'] as const)(
    '%s with noise, batch and a schedule',
    async (parametrization) => {
      const problem = { ...RICH, dimension: 900, parametrization, labelNoise: 0.3, batchSize: 4 };
      if (parametrization === 'square') Object.assign(problem, { initialization: { kind: 'constant', u: 0.8, v: 0 } });
      const stepSize = { kind: 'piecewise', times: [0, 0.77], values: [0.4, 0.1] };
      await compare({ problem, stepSize, horizon: 2 }, [0.3, 0.301, 2], { coupling });
    },
  );

  test('balanced starts on both sides, solved and untouched coordinates', async () => {
    // u = v (q = 0), u = −v (p = 0), u = v = 0 (never moves), b = 0 with h = 0 (algebraic decay), b < 0 out of reach.
    const u = [1, 1, 0, 1, 1, 0.5, 1, 2];
    const v = [1, -1, 0, 0, 1, 0.5, -1, 1e-9];
    const b = [0.5, -0.5, 1, 0, 0, -1, 1, 0];
    const problem = { dimension: 8, target: { kind: 'values', values: b }, initialization: { kind: 'values', u, v } };
    const { fast, reference } = await compare({ problem, stepSize: 0.5, horizon: 4 }, [0.5, 4], { coupling });
    expect(fast.states[2].p[2]).toBe(0);
    expect(fast.states[2].q[2]).toBe(0);
    for (const name of ['p', 'q'] as const) {
      fast.states[2][name].forEach((x, i) => {
        expect(Math.abs(x - reference.states[2][name][i])).toBeLessThanOrEqual(
          1e-5 * Math.abs(reference.states[2][name][i]),
        );
      });
    }
  });

  test('steps so long that a half step decays by e^20', async () => {
    await compare(
      { problem: { dimension: 256, target: { kind: 'sparse', fraction: 0.5, value: 4 } }, stepSize: 2, horizon: 20 },
      [5, 20],
      {
        coupling: PATH,
        timeStep: 5,
      },
    );
  });

  test('more steps between two save times than one chunk holds', async () => {
    await compare({ problem: { dimension: 40 }, stepSize: 0.5, horizon: 1 }, [1], { coupling, timeStep: 1 / 9000 });
  });
});

describe('interacting', () => {
  test('no stagnation: risk follows the reference to 1e-12 of the first', async () => {
    const { reference } = await compare({ problem: { dimension: 256 }, stepSize: 0.5, horizon: 40 }, [10, 20, 40], {
      coupling: 'interacting',
      timeStep: 0.1,
    }); // prettier-ignore
    expect(reference.excess.at(-1)! / reference.excess[0]).toBeLessThan(1e-12);
  });

  test('divergence stops at the same step as the reference', async () => {
    // h = pq = 10⁸: the noise multiplies R by (gh)²τ = 10⁸ a step, which the drift, gh τ = 1, does not hold.
    const start = { kind: 'constant', u: 1e4, v: 0 };
    const problem = problemOf({ problem: { dimension: 300, initialization: start }, stepSize: 1, horizon: 1e-7 });
    const method = { kind: 'sde', scheme: 'strang', timeStep: 1e-8, coupling: 'interacting' } as const;
    const fast = await runPath(wasmSimulator, problem, [1e-8, 1e-7], { method });
    const reference = await runPath(referenceSimulator, problem, [1e-8, 1e-7], { method });
    expect(reference.failure?.time).toBeGreaterThan(0);
    expect(fast.failure?.time).toBe(reference.failure?.time);
    expect(fast.failure?.message).toMatch(/diverged: 2R is .*limit/);
  });
});

describe('mean-field', () => {
  test('a path that ends before the horizon fails at its end, after the samples it covers', async () => {
    const problem = problemOf({ problem: { dimension: 64 }, stepSize: 0.5, horizon: 2 });
    const method = { kind: 'sde', scheme: 'strang', timeStep: 0.1, coupling: { ...PATH, end: 1.25 } } as const;
    const fast = await runPath(wasmSimulator, problem, [0.5, 1, 2], { method });
    expect(fast.excess.length).toBe(3);
    expect(fast.failure).toEqual({ time: 1.25, message: expect.stringContaining('ends at t = 1.25') });
  });
});
