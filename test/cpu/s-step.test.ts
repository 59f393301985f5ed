/** Several steps a pass are plain SGD: the twin of the kernels against the reference, whose residuals are sums over coordinates, step by step. */
import { describe, expect, test } from 'vitest';
import { modelOf } from '../../src/cpu/reference/path.ts';
import { plainSgd } from '../../src/cpu/reference/sgd-plain.ts';
import type { RunReplica, SgdPlan } from '../../src/cpu/workers/simulator.ts';
import type { Problem } from '../../src/problem/index.ts';
import { sStepSgd, sumsOf } from './s-step.ts';
import { problemOf } from './wasm/paths.ts';

interface Followed {
  readonly states: { p: Float64Array; q: Float64Array }[];
  readonly failure: string | null;
}

function follow(run: RunReplica): Followed {
  const states: Followed['states'] = [];
  let failure: string | null = null;
  const slices = run(4_000_000_000, {
    sample: (_, { p, q }) => states.push({ p: Float64Array.from(p), q: Float64Array.from(q) }),
    failure: (save, message, end) => {
      failure = `${save} ${end} ${message.replace(/is [\d.e+]+/, '')}`;
    },
  });
  for (const _ of slices);
  return { states, failure };
}

function both(problem: Problem, saves: number[], s: number): { twin: Followed; plain: Followed; worst: number } {
  const model = modelOf(problem);
  const plan: SgdPlan = { kind: 'sgd', algorithm: 'plain', blockLength: problem.dimension, saves };
  const twin = follow(sStepSgd(model, plan, 7, s));
  const plain = follow(plainSgd(model, plan, 7));
  let worst = 0;
  plain.states.forEach((state, k) => {
    for (const name of ['p', 'q'] as const)
      state[name].forEach((x, i) => {
        if (x !== 0) worst = Math.max(worst, Math.abs(twin.states[k]?.[name][i] / x - 1));
      });
  });
  return { twin, plain, worst };
}

const rich = {
  dimension: 96,
  covariance: { kind: 'power-law', exponent: 0.5 },
  target: { kind: 'gaussian', scale: 0.7 },
  initialization: { kind: 'gaussian', scale: 0.8 },
} as const;

describe.each([1, 2, 3, 4])('%i steps a pass', (s) => {
  test.each([
    ['product, gaussian', {}, 0.4],
    ['difference, uniform, noisy labels', { parametrization: 'difference', features: 'uniform', labelNoise: 0.5 }, 0.1],
    [
      'square, rademacher',
      { parametrization: 'square', features: 'rademacher', initialization: { kind: 'constant', u: 0.8, v: 0 } },
      0.1,
    ],
    ['Student t, noisy labels', { features: { kind: 'student-t', degrees: 5 }, labelNoise: 0.2 }, 0.3],
  ])('%s: the path of plain SGD, save times between and within passes', (_, change, initial) => {
    const problem = problemOf({
      problem: { ...rich, ...change },
      stepSize: { kind: 'power', initial, exponent: 0.4, time: 1 },
      horizon: 4,
    });
    const { twin, plain, worst } = both(problem, [0, 1, 8, 13, 96, 384], s);
    expect(twin.failure).toBeNull();
    expect(plain.states).toHaveLength(6);
    expect(worst).toBeLessThan(1e-11);
    // It moves.
    expect(Math.abs(plain.states[5].p[3] / plain.states[0].p[3] - 1)).toBeGreaterThan(1e-2);
  });

  test('the same step is the first to fail', () => {
    const problem = problemOf({ problem: { dimension: 64 }, stepSize: 9, horizon: 2 });
    const { twin, plain } = both(problem, [0, 128], s);
    expect(plain.failure).toMatch(/diverged/);
    expect(twin.failure).toBe(plain.failure);
  });
});

test('over 1,500 steps at d = 256 the path is the same to 1e-11', () => {
  const problem = problemOf({ problem: { ...rich, dimension: 256 }, stepSize: 0.4, horizon: 8 });
  expect(both(problem, [0, 1500], 2).worst).toBeLessThan(1e-11);
});

test('a pass of s steps takes (3^s − 1)/2 sums', () => {
  expect([1, 2, 3, 4].map(sumsOf)).toEqual([1, 4, 13, 40]);
});
