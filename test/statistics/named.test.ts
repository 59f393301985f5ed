import { describe, expect, it } from 'vitest';
import { gain, toP, toQ } from '../../src/problem/hyperbolic.ts';
import type { Parametrization, Problem } from '../../src/problem/types.ts';
import {
  checkStatistic,
  collectMoments,
  evaluateMeans,
  finishStatistics,
  MomentMeans,
  namedStatistics,
  parseMoment,
  resolveStatistics,
  type StatisticContext,
  statisticNames,
} from '../../src/statistics/index.ts';

/** A fixed, unremarkable sequence in (0, 1). */
function sequence(n: number, shift: number): Float64Array {
  return Float64Array.from({ length: n }, (_, i) => (0.5 + (i + 1) * Math.SQRT2 + shift * Math.E) % 1);
}

function makeProblem(parametrization: Parametrization, d: number): Problem {
  return {
    dimension: d,
    lambda: sequence(d, 1).map((x) => 0.2 + 2 * x),
    b: sequence(d, 2).map((x) => x - 0.3),
    u0: sequence(d, 3).map((x) => 0.1 + x),
    v0: sequence(d, 4).map((x) => (parametrization === 'square' ? 0 : x - 0.5)),
    parametrization,
    labelNoise: 0.3,
    batchSize: 3,
    features: { kind: 'gaussian' },
    stepSize: { kind: 'constant', value: 0.7 },
    horizon: 1,
  };
}

function stateOf(problem: Problem) {
  const { parametrization, u0, v0 } = problem;
  return { p: u0.map((u, i) => toP(parametrization, u, v0[i])), q: u0.map((u, i) => toQ(parametrization, u, v0[i])) };
}

const mean = (problem: Problem, f: (i: number) => number) => {
  let sum = 0;
  for (let i = 0; i < problem.dimension; i++) sum += f(i);
  return sum / problem.dimension;
};

describe.each<Parametrization>(['product', 'difference', 'square'])('named statistics, %s', (parametrization) => {
  const problem = makeProblem(parametrization, 1000);
  const { lambda, b, u0: u, v0: v, labelNoise: sigma, batchSize: m } = problem;
  const gamma = 0.7;
  const context: StatisticContext = {
    stepSize: gamma,
    labelNoise: sigma,
    batchSize: m,
    momentum: 0,
    trainRisk: 0.125,
    testRisk: 0.25,
  };
  const statistics = namedStatistics();
  const table = collectMoments(statistics);
  const values = new Float64Array(statistics.length);
  finishStatistics(statistics, table, evaluateMeans(table.moments, problem, stateOf(problem)), context, values);

  // Each formula as docs/theory.md writes it for this parametrization, from u and v.
  const beta = (i: number) =>
    parametrization === 'product' ? u[i] * v[i] : parametrization === 'difference' ? u[i] ** 2 - v[i] ** 2 : u[i] ** 2;
  const kappa = (i: number) =>
    parametrization === 'product'
      ? u[i] ** 2 + v[i] ** 2
      : parametrization === 'difference'
        ? 4 * (u[i] ** 2 + v[i] ** 2)
        : 4 * u[i] ** 2;
  const e = (i: number) => beta(i) - b[i];
  const risk = 0.5 * (mean(problem, (i) => lambda[i] * e(i) ** 2) + sigma ** 2);
  const noise = (i: number) =>
    lambda[i] ** 2 *
    (kappa(i) ** 2 +
      (parametrization === 'product'
        ? 2 * e(i) * beta(i)
        : parametrization === 'difference'
          ? 8 * e(i) * beta(i)
          : 2 * e(i) * kappa(i)));
  const logs =
    parametrization === 'product'
      ? (i: number) => Math.log(Math.abs(u[i] ** 2 - v[i] ** 2))
      : (i: number) => Math.log(4 * Math.abs(u[i] * v[i]));
  const expected: Record<string, number> = {
    risk,
    excessRisk: risk - sigma ** 2 / 2,
    distance: mean(problem, (i) => e(i) ** 2),
    curvature: mean(problem, (i) => lambda[i] * kappa(i)),
    l1: mean(problem, (i) => Math.abs(beta(i))),
    gradientNormSquared: mean(problem, (i) => lambda[i] ** 2 * e(i) ** 2 * kappa(i)),
    effectiveInitialization: parametrization === 'square' ? Number.NEGATIVE_INFINITY : mean(problem, logs),
    riskDrift: -gamma * mean(problem, (i) => lambda[i] ** 2 * e(i) ** 2 * kappa(i)),
    stepSize: gamma,
    trainRisk: 0.125,
    testRisk: 0.25,
    riskNoise: (gamma ** 2 * risk * mean(problem, noise)) / m,
  };

  it.each(statisticNames)('%s', (name) => {
    const value = values[statisticNames.indexOf(name)];
    if (Number.isFinite(expected[name])) expect(Math.abs(value / expected[name] - 1)).toBeLessThan(1e-12);
    else expect(value).toBe(expected[name]);
  });

  it('drift and noise are what the risk changes by in one step of SGD, in expectation', () => {
    // E[ΔR]·d from the exact second moments of one step p⁺ = p(1 − α), q⁺ = q(1 + α), E α = (g/d) λe, E α² ≈ (g²/d)(2R/m)λ,
    // as d → ∞: β⁺ − β = −α(p² + q²)/2 + α²(p² − q²)/4.
    const g = gamma * gain(parametrization);
    const { p, q } = stateOf(problem);
    const slope = mean(problem, (i) => {
      const k = (p[i] ** 2 + q[i] ** 2) / 2;
      const second = (g * g * 2 * risk * lambda[i]) / m;
      return lambda[i] * (e(i) * (-g * lambda[i] * e(i) * k + second * beta(i)) + 0.5 * second * k * k);
    });
    const found = values[statisticNames.indexOf('riskDrift')] + values[statisticNames.indexOf('riskNoise')];
    expect(Math.abs(found / slope - 1)).toBeLessThan(1e-12);
  });
});

describe('means over coordinates', () => {
  it.each([1, 3, 127, 128, 129, 5000])('agree with the closures, d = %i', (d) => {
    const problem = makeProblem('product', d);
    const state = stateOf(problem);
    const moments = [...collectMoments(namedStatistics()).moments, parseMoment('max(u, v, b)^3 / (1 + exp(-lambda))')];
    const means = evaluateMeans(moments, problem, state);
    const byHand = evaluateMeans(
      moments.map(({ source, wgsl, evaluate }) => ({ source, wgsl, evaluate })),
      problem,
      state,
    );
    expect([...means]).toEqual([...byHand]);
  });

  it('takes s and e where the caller knows them better', () => {
    const problem = makeProblem('product', 10);
    const table = collectMoments(resolveStatistics(['effectiveInitialization', 'distance']));
    const state = { ...stateOf(problem), s: new Float64Array(10).fill(-900), e: new Float64Array(10).fill(1e-20) };
    const [s, distance] = evaluateMeans(table.moments, problem, state);
    expect(s).toBeCloseTo(-900, 12);
    expect(distance / 1e-40).toBeCloseTo(1, 12);
  });

  it('loses nothing to cancellation in a long sum', () => {
    const d = 100_000;
    const problem: Problem = {
      ...makeProblem('square', d),
      b: Float64Array.from({ length: d }, (_, i) => (i % 2 ? 1e8 : -1e8) + (i === 7 ? 1 : 0)),
    };
    const [value] = evaluateMeans([parseMoment('b')], problem, stateOf(problem));
    expect(value).toBeCloseTo(1 / d, 14);
  });

  it('can be used again and again', () => {
    const problem = makeProblem('difference', 300);
    const means = new MomentMeans([parseMoment('u*v + lambda')], problem);
    const first = [...means.evaluate(stateOf(problem))];
    means.evaluate({ p: new Float64Array(300), q: new Float64Array(300) });
    expect([...means.evaluate(stateOf(problem))]).toEqual(first);
  });
});

describe('resolveStatistics', () => {
  it('evaluates a moment shared by several statistics once', () => {
    const statistics = resolveStatistics(['risk', 'excessRisk', 'riskNoise', 'gradientNormSquared', 'riskDrift']);
    const { moments, indices } = collectMoments(statistics);
    expect(moments.map((m) => m.source)).toEqual([
      'lambda * e^2',
      'lambda^2 * kappa^2',
      'lambda^2 * e * bend',
      'lambda^2 * e^2 * kappa',
    ]);
    expect(indices).toEqual([[0], [0], [0, 1, 2], [3], [3]]);
  });

  it('takes names and expressions in their order', () => {
    const names = resolveStatistics(['l1', { name: 'fourth_moment', expression: 'lambda*(beta-b)^4' }]).map(
      (s) => s.name,
    );
    expect(names).toEqual(['l1', 'fourth_moment']);
  });

  it.each([
    ['rsik', /unknown statistic "rsik"; known are risk, excessRisk/],
    ['constructor', /unknown statistic/],
    [{ name: 'risk', expression: 'u' }, /name "risk" is that of a built-in statistic/],
    [{ name: '', expression: 'u' }, /name "" must begin with a letter/],
    [{ name: 'a,b\n', expression: 'u' }, /must begin with a letter/],
    [{ name: 'mine', expression: 'foo' }, /statistic "mine": name "foo" at character 1 is unknown/],
  ])('refuses %j', (spec, message) => {
    expect(checkStatistic(spec)).toMatch(message);
    expect(() => resolveStatistics(['risk', spec])).toThrow(message);
  });

  it('refuses the same statistic twice', () => {
    expect(() => resolveStatistics(['risk', 'risk'])).toThrow(/"risk" is asked for twice/);
  });
});
