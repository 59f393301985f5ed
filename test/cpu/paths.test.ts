/** The reference engine follows docs/paths.md: against the naive transcription of it in ./naive.ts, to rounding. */
import { describe, expect, test } from 'vitest';
import { referenceSimulator } from '../../src/cpu/reference/index.ts';
import type { RunReplica, SdePlan, SgdPlan } from '../../src/cpu/workers/simulator.ts';
import type { Problem } from '../../src/problem/index.ts';
import { programOf } from '../../src/statistics/program.ts';
import type { EnsembleRequest, RiskPath } from '../../src/statistics/stream.ts';
import { type NaiveState, naiveSde, naiveSgd } from './naive.ts';
import { problemOf, statesOf } from './support.ts';

const mixed = {
  dimension: 37,
  covariance: { kind: 'power-law', exponent: 0.5 },
  target: { kind: 'gaussian', scale: 1 },
  initialization: { kind: 'gaussian', scale: 0.7 },
};

function planFor(problem: Problem, method: EnsembleRequest['method'], times: number[]) {
  return programOf({
    problem,
    method,
    times: Float64Array.from(times),
    statistics: [],
    replicas: { first: 0, count: 1 },
    seed: 0,
  });
}

function open(problem: Problem, plan: SgdPlan | SdePlan, seed: number): RunReplica {
  return referenceSimulator.open({ problem, plan, seed, wantsLogInvariant: true }) as RunReplica;
}

/** Largest relative difference of p and q; infinite where a zero or a sign differs. */
function difference(x: Float64Array[], y: NaiveState[], key: 'p' | 'q'): number {
  expect(x.length).toBe(y.length);
  let worst = 0;
  x.forEach((state, n) => {
    state.forEach((value, i) => {
      const other = y[n][key][i];
      if (value !== other) worst = Math.max(worst, Math.abs(value - other) / Math.abs(other));
    });
  });
  return worst;
}

const sgdCases: [string, Record<string, unknown>, unknown][] = [
  ['product', {}, 0.5],
  ['difference', { parametrization: 'difference' }, 0.2],
  ['square', { parametrization: 'square', target: { kind: 'constant', value: 0.7 } }, 0.2],
  ['label noise', { labelNoise: 0.5 }, 0.5],
  ['batch of 3 with label noise', { batchSize: 3, labelNoise: 0.5 }, 0.5],
  ['rademacher', { features: 'rademacher' }, 0.5],
  ['uniform', { features: 'uniform', batchSize: 2 }, 0.5],
  ['student-t', { features: { kind: 'student-t', degrees: 5 } }, 0.3],
  ['piecewise step size', {}, { kind: 'piecewise', times: [0, 1, 1.7], values: [0.5, 0.1, 0.7] }],
  ['power step size', {}, { kind: 'power', initial: 0.6, exponent: 0.5, time: 1 }],
  ['cosine step size', {}, { kind: 'cosine', initial: 0.6, final: 0.05 }],
];

describe('SGD', () => {
  for (const algorithm of ['plain', 'bridge'] as const) {
    for (const [name, changes, stepSize] of sgdCases) {
      const problem = problemOf({ ...mixed, ...changes }, stepSize, 3);
      if (algorithm === 'bridge' && problem.features.kind !== 'gaussian') continue;
      test(`${algorithm}: ${name}`, () => {
        // Eight coordinates a block: five blocks, the last one of five.
        const plan: SgdPlan = {
          ...(planFor(problem, { kind: 'sgd' }, [0, 0.4, 1, 3]) as SgdPlan),
          algorithm,
          blockLength: algorithm === 'plain' ? 37 : 8,
        };
        expect(Array.from(plan.saves)).toEqual([0, 15, 37, 111]);
        const { p, q, failures, done } = statesOf(open(problem, plan, 99), 4);
        const naive = naiveSgd(problem, plan, 99, 4);
        expect(failures).toEqual([]);
        expect(done).toBe(37 * 111);
        // 111 steps of a few roundings each, in (p, q) here and in (u, v) there.
        expect(difference(p, naive, 'p')).toBeLessThan(1e-11);
        expect(difference(q, naive, 'q')).toBeLessThan(1e-11);
      });
    }
  }

  test('u² − v² is its start times the product of 1 − α², to 1e-12', () => {
    const problem = problemOf({ ...mixed, dimension: 64, initialization: { kind: 'constant', u: 1, v: 0.3 } }, 0.5, 20);
    for (const algorithm of ['plain', 'bridge'] as const) {
      const plan: SgdPlan = {
        ...(planFor(problem, { kind: 'sgd' }, [0, 20]) as SgdPlan),
        algorithm,
        blockLength: algorithm === 'plain' ? 64 : 16,
      };
      const { p, q } = statesOf(open(problem, plan, 5), 0);
      const naive = naiveSgd(problem, plan, 5, 0);
      for (let i = 0; i < 64; i++) {
        const exact = p[0][i] * q[0][i] * naive[1].shrink[i];
        expect(Math.abs((p[1][i] * q[1][i]) / exact - 1)).toBeLessThan(1e-12);
      }
      // It did move: the test is not of 1 = 1.
      expect(Math.min(...naive[1].shrink)).toBeLessThan(0.95);
    }
  });

  test('which algorithm, and its blocks, come from the problem alone', () => {
    const plan = (d: number, features: string, batchSize = 2) =>
      planFor(problemOf({ dimension: d, features, batchSize }), { kind: 'sgd' }, [0, 1]);
    expect(plan(8192, 'gaussian')).toMatchObject({ algorithm: 'plain' });
    expect(plan(8193, 'gaussian')).toMatchObject({ algorithm: 'bridge', blockLength: 256 });
    expect(plan(1_000_000, 'gaussian')).toMatchObject({ algorithm: 'bridge', blockLength: 4096 });
    expect(plan(1_000_000, 'uniform')).toMatchObject({ algorithm: 'plain' });
    expect(plan(1_000_000, 'gaussian', 1)).toMatchObject({ algorithm: 'plain' });
  });
});

/** A given risk: R/m = ½e^(−t) with g = gain·γ of size 0.5. */
const riskPath: RiskPath = { end: 3, risk: (t) => 0.5 * Math.exp(-t), clock: (t) => 0.125 * -Math.expm1(-t) };

describe('SDE', () => {
  const starts: [string, Record<string, unknown>][] = [
    ['mixed signs', {}],
    ['difference', { parametrization: 'difference' }],
    ['square', { parametrization: 'square', target: { kind: 'constant', value: 0.7 } }],
    ['balanced, q = 0', { initialization: { kind: 'constant', u: 0.5, v: 0.5 } }],
    ['balanced, p = 0', { initialization: { kind: 'constant', u: 0.5, v: -0.5 } }],
    [
      'balanced, b = 0',
      { initialization: { kind: 'constant', u: 0.5, v: -0.5 }, target: { kind: 'constant', value: 0 } },
    ],
    ['u = v = 0', { initialization: { kind: 'constant', u: 0, v: 0 } }],
    ['label noise, batch of 2', { labelNoise: 0.6, batchSize: 2 }],
  ];
  for (const scheme of ['strang', 'euler', 'euler-uv'] as const) {
    for (const coupling of ['interacting', 'mean-field'] as const) {
      test.each(starts)(`${scheme}, ${coupling}: %s`, (_, changes) => {
        const problem = problemOf(
          { ...mixed, ...changes },
          { kind: 'piecewise', times: [0, 1.1], values: [0.4, 0.2] },
          2,
        );
        const plan = planFor(
          problem,
          { kind: 'sde', timeStep: 0.07, scheme, coupling: coupling === 'interacting' ? coupling : riskPath },
          [0, 0.3, 0.31, 2],
        ) as SdePlan;
        const { p, q, s, failures, done } = statesOf(open(problem, plan, 7), 2);
        const naive = naiveSde(problem, plan, 7, 2);
        expect(failures).toEqual([]);
        // Knots 0, 0.3, 0.31, 1.1, 2: 5 + 1 + 12 + 13 steps.
        expect(done).toBe(37 * 31);
        expect(difference(p, naive, 'p')).toBeLessThan(1e-11);
        expect(difference(q, naive, 'q')).toBeLessThan(1e-11);
        if (scheme === 'euler-uv') return;
        naive.forEach((state, n) => {
          state.s.forEach((value, i) => {
            if (Number.isFinite(value)) expect(Math.abs(s[n]![i] - value)).toBeLessThan(1e-12);
            else expect(s[n]![i]).toBe(value);
          });
        });
      });
    }
  }
});
