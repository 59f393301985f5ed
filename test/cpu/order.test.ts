/** Convergence of the SDE schemes from their own refinement (bench/kit/refinement.ts), and in the limit d → ∞ by quadrature. */
import { describe, expect, test } from 'vitest';
import { orders as refine } from '../../bench/kit/refinement.ts';
import type { Problem } from '../../src/problem/index.ts';
import type { RiskPath, SdeScheme } from '../../src/statistics/stream.ts';
import { limitOf } from './limit.ts';
import { meanAndError, problemOf } from './support.ts';

/** Paths of each class; prime. */
const points = 16381;
const groups = 8;

/** Orders between neighbouring levels, with standard errors of the weak ones from `groups` repetitions. */
function orders(
  problem: Problem,
  scheme: SdeScheme,
  coupling: 'interacting' | RiskPath,
  horizon: number,
  finest: number,
  perClass = points,
) {
  const found = refine(problem, { scheme, coupling, horizon, finest, points: perClass, groups });
  const weak = (gaps: readonly (readonly number[])[]) => {
    const means = gaps.map(meanAndError);
    return [0, 1].map((n) => ({
      order: Math.log2(means[n].mean / means[n + 1].mean),
      error: Math.hypot(means[n].error / means[n].mean, means[n + 1].error / means[n + 1].mean) / Math.LN2,
    }));
  };
  const sizes = found.strong.map((group) => Math.hypot(...group));
  return {
    risk: weak(found.risk),
    curvature: weak(found.curvature),
    strong: [0, 1].map((n) => Math.log2(sizes[n] / sizes[n + 1])),
  };
}

const path: RiskPath = { end: 8, risk: (t) => 0.5 * Math.exp(-t / 2), clock: (t) => 0.25 * -Math.expm1(-t / 2) };
const problem = problemOf({
  dimension: 2 * points,
  target: { kind: 'values', values: Array.from({ length: 2 * points }, (_, i) => (i < points ? 1 : 0)) },
  initialization: { kind: 'constant', u: 1, v: 0 },
});

const couplings = ['interacting', path] as const;
const named = (coupling: (typeof couplings)[number]) => (coupling === 'interacting' ? coupling : 'mean-field');

describe('the engine, refined along one Brownian motion', () => {
  for (const coupling of couplings) {
    test(`strang, ${named(coupling)}: weak order 2 and strong order 1`, () => {
      const { risk, strong } = orders(problem, 'strang', coupling, 1.6, 0.05);
      expect(risk[0].error).toBeLessThan(0.1);
      // Steps 0.4 to 0.1: the distance from the asymptotic order is 0.1 here (see below, without noise).
      expect(Math.abs(risk[0].order - 2)).toBeLessThan(0.1 + 4 * risk[0].error);
      expect(Math.abs(strong[1] - 1)).toBeLessThan(0.03);
    });
    test(`euler, ${named(coupling)}: weak order 1 and strong order 1`, () => {
      const { curvature, strong } = orders(problem, 'euler', coupling, 0.8, 0.0125);
      expect(curvature[1].error).toBeLessThan(0.01);
      expect(Math.abs(curvature[1].order - 1)).toBeLessThan(0.05 + 4 * curvature[1].error);
      expect(Math.abs(strong[1] - 1)).toBeLessThan(0.05);
    });
    test(`euler-uv, ${named(coupling)}: weak order 1 and strong order ½`, () => {
      const { curvature, strong } = orders(problem, 'euler-uv', coupling, 0.8, 0.0125);
      expect(curvature[1].error).toBeLessThan(0.04);
      expect(Math.abs(curvature[1].order - 1)).toBeLessThan(0.05 + 4 * curvature[1].error);
      expect(Math.abs(strong[1] - 0.5)).toBeLessThan(0.1);
    });
  }
});

/**
 * Models, and step sizes of a path's own, that run from their expressions: R and γ are carried to the middle of a step from two states, the exact flow of
 * the noise stands between two halves of the drift. The statistic and the level whose order these few paths show best.
 */
describe('the engine of expressions, refined along one Brownian motion', () => {
  const few = 4093;
  const small = problemOf({
    dimension: 2 * few,
    target: { kind: 'values', values: Array.from({ length: 2 * few }, (_, i) => (i < few ? 1 : 0)) },
    initialization: { kind: 'constant', u: 1, v: 0 },
  });
  const cubic: Problem = {
    ...small,
    parametrization: { kind: 'power', depth: 3 },
    stepSize: { kind: 'constant', value: 0.1 },
    u0: new Float64Array(2 * few).fill(0.8),
  };
  const slow: RiskPath = { ...path, clock: (t) => 0.04 * path.clock(t) };
  type Case = readonly [string, Problem, 'interacting' | RiskPath, number, 'risk' | 'curvature', 0 | 1];
  test.each<Case>([
    ['u³', cubic, 'interacting', 0.05, 'curvature', 0],
    ['u³, mean-field', cubic, slow, 0.05, 'curvature', 0],
    [
      'u³, AdaGrad-Norm',
      { ...cubic, stepSize: { kind: 'adagrad-norm', eta: 0.1, b0: 0.5 } },
      'interacting',
      0.025,
      'risk',
      1,
    ],
    [
      'u⊙v, Polyak',
      { ...small, stepSize: { kind: 'stochastic-polyak', c: 1, max: 5 } },
      'interacting',
      0.05,
      'curvature',
      1,
    ],
    ['u⊙v, line search', { ...small, stepSize: { kind: 'line-search', max: 5 } }, 'interacting', 0.05, 'curvature', 1],
  ])('strang, %s: weak order 2', (_, own, coupling, finest, statistic, level) => {
    const { order, error } = orders(own, 'strang', coupling, 32 * finest, finest, few)[statistic][level];
    expect(Math.abs(order - 2)).toBeLessThan(0.2);
    // Not order 1.
    expect(order - 3 * error).toBeGreaterThan(1);
  });
});

describe('the ζ schemes in the limit d → ∞, by quadrature', () => {
  const classes = [
    { b: 1, p: 1, q: 1 },
    { b: 0, p: 1, q: 1 },
  ];
  for (const coupling of couplings) {
    for (const [scheme, order, counts] of [
      ['strang', 2, [2, 4, 8, 16]],
      ['euler', 1, [4, 8, 16, 32]],
    ] as const) {
      test(`${scheme}, ${named(coupling)}: weak order ${order}`, () => {
        const moments = counts.map((n) => {
          const tau = 0.8 / n;
          const increment = (k: number) => path.clock((k + 1) * tau) - path.clock(k * tau);
          return limitOf(scheme, classes, 0.5, tau, n, coupling === 'interacting' ? null : increment);
        });
        // Euler's error of the risk changes sign near these steps where R is its own; its curvature shows the order.
        const keys =
          scheme === 'euler' && coupling === 'interacting'
            ? (['curvature'] as const)
            : (['risk', 'curvature'] as const);
        for (const key of keys) {
          const [x0, x1, x2, x3] = moments.map((m) => m[key]);
          const coarse = Math.log2((x0 - x1) / (x1 - x2));
          const fine = Math.log2((x1 - x2) / (x2 - x3));
          // Measured orders are order + O(h); one extrapolation leaves O(h²).
          expect(Math.abs(2 * fine - coarse - order), `${key}: ${coarse}, ${fine}`).toBeLessThan(0.08);
        }
      });
    }
  }
});
