/**
 * Convergence of the SDE schemes from their own refinement: one Brownian motion, steps h, h/2, h/4, …, so that the differences
 * between neighbouring levels are small random numbers and the order of their mean (weak) and of their size (strong) shows.
 */
import { describe, expect, test } from 'vitest';
import { modelOf } from '../../src/cpu/reference/path.ts';
import { type BrownianSource, sde } from '../../src/cpu/reference/sde.ts';
import { planOf } from '../../src/cpu/workers/plan.ts';
import type { SdePlan } from '../../src/cpu/workers/simulator.ts';
import { normalQuantile, type Problem } from '../../src/problem/index.ts';
import { Stream, word } from '../../src/random/index.ts';
import type { RiskPath, SdeScheme } from '../../src/statistics/stream.ts';
import { limitOf } from './limit.ts';
import { problemOf, statesOf } from './support.ts';

/** Paths of each class; prime. */
const points = 16381;

/**
 * Normals of the finest level, [step][path]: the paths of a class are a randomly shifted Korobov lattice (quasi-Monte Carlo: means over
 * paths, which is all that weak convergence is about, then fluctuate far less than those of independent paths).
 */
function lattice(steps: number, group: number): Float64Array[] {
  let generator = 1;
  return Array.from({ length: steps }, (_, step) => {
    const shift = (word(31, group, Stream.brownian, step, 0, 0) + 0.5) * 2 ** -32;
    const z = new Float64Array(points);
    for (let i = 0; i < points; i++) {
      const u = ((generator * i) % points) / points + shift;
      z[i] = normalQuantile(u < 1 ? u : u - 1);
    }
    generator = (generator * 4387) % points;
    return z;
  });
}

/** On a level with steps `ratio` times longer: sums of the finest normals, scaled. Both classes use the same paths. */
function refined(fine: Float64Array[], ratio: number): BrownianSource {
  const scale = 1 / Math.sqrt(ratio);
  return (z, count, _, step, first) => {
    for (let i = 0; i < count; i++) {
      let sum = 0;
      for (let j = 0; j < ratio; j++) sum += fine[step * ratio + j][(first + i) % points];
      z[i] = sum * scale;
    }
  };
}

const levels = [8, 4, 2, 1];
const groups = 8;

/**
 * Weak and strong order between levels, with standard errors from `groups` replicas. φ: risk and curvature of the coordinates;
 * strong: root mean square of the difference of log|p|.
 */
function orders(
  problem: Problem,
  scheme: SdeScheme,
  coupling: 'interacting' | RiskPath,
  horizon: number,
  finest: number,
) {
  const model = modelOf(problem);
  const d = problem.dimension;
  const values = levels.map(() => [] as { risk: number; curvature: number; p: Float64Array }[]);
  const source: { fine: Float64Array[] } = { fine: [] };
  const runs = levels.map((ratio) => {
    const plan = planOf({
      problem,
      method: { kind: 'sde', timeStep: finest * ratio, scheme, coupling },
      times: Float64Array.of(0, horizon),
      statistics: [],
      replicas: { first: 0, count: 1 },
      seed: 0,
    }) as SdePlan;
    const brownian: BrownianSource = (...at) => refined(source.fine, ratio)(...at);
    return sde(model, plan, false, brownian);
  });
  for (let group = 0; group < groups; group++) {
    source.fine = lattice(Math.round(horizon / finest), group);
    runs.forEach((run, level) => {
      const { p, q } = statesOf(run, 0);
      let risk = 0;
      let curvature = 0;
      for (let i = 0; i < d; i++) {
        risk += ((p[1][i] ** 2 - q[1][i] ** 2) / 4 - problem.b[i]) ** 2 / (2 * d);
        curvature += (p[1][i] ** 2 + q[1][i] ** 2) / (2 * d);
      }
      values[level].push({ risk, curvature, p: p[1] });
    });
  }
  const weak = (key: 'risk' | 'curvature') => {
    const gaps = [0, 1, 2].map((n) => values[n].map((x, group) => x[key] - values[n + 1][group][key]));
    const means = gaps.map((gap) => gap.reduce((a, b) => a + b, 0) / groups);
    const errors = gaps.map((gap, n) =>
      Math.sqrt(gap.reduce((a, b) => a + (b - means[n]) ** 2, 0) / (groups * (groups - 1))),
    );
    return [0, 1].map((n) => ({
      order: Math.log2(means[n] / means[n + 1]),
      error: Math.hypot(errors[n] / means[n], errors[n + 1] / means[n + 1]) / Math.LN2,
    }));
  };
  const sizes = [0, 1, 2].map((n) => {
    let sum = 0;
    for (let group = 0; group < groups; group++) {
      const [x, y] = [values[n][group].p, values[n + 1][group].p];
      for (let i = 0; i < d; i++) sum += Math.log(Math.abs(x[i] / y[i])) ** 2;
    }
    return Math.sqrt(sum / (groups * d));
  });
  return {
    risk: weak('risk'),
    curvature: weak('curvature'),
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
