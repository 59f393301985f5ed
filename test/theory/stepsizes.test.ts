/** Step sizes that depend on the state, and momentum, in the limit. */
import { describe, expect, it } from 'vitest';
import {
  compileStateStepSize,
  type StateStepSizeDefinition,
  type StateStepSizeSpec,
} from '../../src/dynamics/index.ts';
import { Feedback } from '../../src/theory/feedback.ts';
import { predict, riskFluctuation, solvePde } from '../../src/theory/index.ts';
import { type LimitSetting, lawOfClasses } from '../../src/theory/law/index.ts';
import { TransportOperator } from '../../src/theory/operator.ts';
import { layOut, populationOf } from '../../src/theory/population.ts';
import { halfSparse, points, setting, statistics } from './support.ts';

const adagradNorm = (eta: number, b0: number) => ({ kind: 'adagrad-norm', eta, b0 }) as const;
const lineSearch = (max: number) => ({ kind: 'line-search', max }) as const;
const stochasticPolyak = (c: number, max: number) => ({ kind: 'stochastic-polyak', c, max }) as const;
const defined = (value: string, more: Partial<StateStepSizeDefinition> = {}): StateStepSizeDefinition => ({
  kind: 'definition',
  name: 'own',
  means: {},
  integrals: [],
  value,
  min: 0,
  max: 10,
  ...more,
});

const relative = (a: number, b: number) => (a === b ? 0 : Math.abs(a / b - 1));

/** λ ∈ {0.5, 1.5} and b ∈ {0, 1} in equal shares, all four combinations; u = 1, v = 0. */
const four = (stepSize: StateStepSizeSpec, changes: Partial<LimitSetting> = {}, u = 1) =>
  lawOfClasses(
    { ...setting(1), ...changes, stepSize },
    points(
      changes.parametrization ?? 'product',
      [0.5, 1.5].flatMap((lambda) => [0, 1].map((b) => [0.25, lambda, b, u, 0] as const)),
    ),
  );
const times = Float64Array.of(0, 0.5, 1, 2, 4, 8);

/**
 * R and γ by transport maps with conservative second-order differences on 41, 81 and 161 nodes, |z| ≤ 6.5, LSODA at 1e−9 from t₀ = 1e−9, and two
 * Richardson extrapolations (Python with SciPy, no code in common). Good to about 1e−7.
 */
const known: readonly [string, StateStepSizeSpec, readonly number[], readonly number[]][] = [
  [
    'AdaGrad-Norm, η = 1, b₀ = ½',
    adagradNorm(1, 0.5),
    [0.22401848, 0.13832538, 0.061901884, 0.012795066, 9.441057e-4],
    [1.3378545, 1.1619226, 1.0362053, 0.96971227, 0.95310158],
  ],
  [
    'line search',
    lineSearch(5),
    [0.14825827, 0.096123658, 0.045137302, 0.013439682, 1.4275606e-3],
    [0.66955891, 0.58740888, 0.50401607, 0.42905971, 0.42624309],
  ],
  [
    'stochastic Polyak, c = 1',
    stochasticPolyak(1, 5),
    [0.15956375, 0.10774786, 0.054982901, 0.01895533, 2.7485786e-3],
    [0.45619444, 0.42025515, 0.3788525, 0.34921901, 0.33497457],
  ],
];

describe('a step size that depends on the state', () => {
  it.each(known)('%s follows an independent solution', async (_, stepSize, risks, gammas) => {
    const { values, path, failed } = await solvePde(four(stepSize), {
      times,
      statistics: statistics(['risk']),
      tolerance: 1e-6,
    });
    expect(failed).toBe(false);
    for (const [i, risk] of risks.entries()) {
      expect(relative(values[0][i + 1], risk)).toBeLessThan(1e-6);
      expect(relative(path.stepSize(times[i + 1]), gammas[i])).toBeLessThan(1e-6);
    }
  });

  it('keeps its accuracy through a kink, where a bound stops to hold', async () => {
    for (const stepSize of [stochasticPolyak(1, 0.42), lineSearch(0.6)]) {
      const solve = (tolerance: number) =>
        solvePde(four(stepSize), { times, statistics: statistics(['risk', 'riskNoise', 'l1']), tolerance });
      const [lax, tight] = [await solve(1e-5), await solve(1e-8)];
      // The bound holds at first and not later.
      expect(tight.path.stepSize(0.5) / tight.path.stepSize(0)).toBeCloseTo(1, 12);
      expect(tight.path.stepSize(8)).toBeLessThan(0.9 * tight.path.stepSize(0));
      for (const [k, row] of tight.values.entries())
        for (const [i, value] of row.entries()) expect(relative(lax.values[k][i], value)).toBeLessThan(1e-5);
    }
  });

  it('has the exact Jacobian: solves of 1/(γh) − J undo it, found by differences', () => {
    const stepSize = defined('0.3 + a^2 + 0.1 * c + d / (1 + integral_0^2) + 0.05 * t * integral_1', {
      means: { a: 'lambda * (beta - b)^2', c: 'u^2 * v', d: 'exp(-beta)' },
      integrals: [{ rate: 'a * d + t - 0.1 * integral_1' }, { rate: 'c + 0.2 * integral_0 * t + riskDrift' }],
    });
    const rows = points('product', [
      [0.4, 0.7, 1, 0.8, 0.3],
      [0.3, 1.2, -0.5, 1.1, -0.2],
      [0.3, 1, 0.4, 0.6, 0.6],
    ]);
    const own = { ...setting(1, { labelNoise: 0.2, batchSize: 2 }), stepSize };
    const { moving } = populationOf(own, rows);
    const layout = layOut(rows.map((_, c) => ({ low: -4, spacing: 0.5 - 0.05 * c, count: 17 + c })));
    const operator = new TransportOperator(
      moving,
      layout,
      { value: () => Number.NaN, slope: () => Number.NaN },
      new Feedback(compileStateStepSize(stepSize), moving, []),
    );
    const n = layout.size - 1;
    const y = new Float64Array(operator.size);
    for (let i = 0; i < n; i++) y[i] = 0.1 + 0.3 * layout.z[i] + 0.01 * layout.z[i] ** 2 + 0.02 * Math.sin(layout.z[i]);
    y.set([0.15, 0.4, 0.7], n);
    const x = 0.8;
    const f = new Float64Array(operator.size);
    expect(operator.see(x, y)).toBe(true);
    operator.evaluateSeen(x, y, f);
    const dx = new Float64Array(operator.size);
    const shift = 3;
    operator.factor(x, y, f, shift, dx, true);
    const at = (s: number, state: Float64Array) => {
      const out = new Float64Array(operator.size);
      expect(operator.evaluate(s, state, out)).toBe(true);
      return out;
    };
    const step = 1e-5;
    const largest = (v: Float64Array) => v.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    // ∂F/∂x at fixed y.
    const [late, early] = [at(x + step, y), at(x - step, y)];
    expect(largest(dx.map((v, i) => v - (late[i] - early[i]) / (2 * step)))).toBeLessThan(1e-6 * largest(dx));
    // Directions that move every part of the state.
    for (const seed of [1, 2, 3]) {
      const direction = Float64Array.from(y, (_, i) => Math.sin(seed * (i + 1)));
      const move = (size: number) => y.map((value, i) => value + size * direction[i]);
      const small = 1e-6;
      const [above, below] = [at(x, move(small)), at(x, move(-small))];
      const rhs = direction.map((v, i) => shift * v - (above[i] - below[i]) / (2 * small));
      operator.solve(rhs);
      expect(largest(rhs.map((v, i) => v - direction[i]))).toBeLessThan(1e-5);
    }
  });

  it('closes under label noise, in batches and for every parametrization: γ is what the solution itself says', async () => {
    for (const parametrization of ['product', 'difference', 'square'] as const) {
      const m = 3;
      const law = four(adagradNorm(0.4, 0.3), { parametrization, labelNoise: 0.4, batchSize: m }, 0.6);
      const { values, path } = await solvePde(law, {
        times,
        statistics: statistics(['risk', 'curvature', 'riskDrift', 'riskNoise']),
        tolerance: 1e-7,
      });
      // d(η²/γ²)/dt = 2R·curvature/m, and dR/dt = drift + noise.
      for (let i = 1; i < 5; i++) {
        const step = 1e-3 * times[i];
        const slope = (of: (t: number) => number) =>
          (8 * (of(times[i] + step) - of(times[i] - step)) - of(times[i] + 2 * step) + of(times[i] - 2 * step)) /
          (12 * step);
        const rate = slope((t) => 0.4 ** 2 / path.stepSize(t) ** 2);
        expect(relative(rate, (2 * values[0][i] * values[1][i]) / m)).toBeLessThan(1e-5);
        const size = Math.abs(values[2][i]) + Math.abs(values[3][i]);
        expect(Math.abs(slope(path.risk) - values[2][i] - values[3][i]) / size).toBeLessThan(1e-5);
        const clock = slope(path.clock);
        const g = (parametrization === 'product' ? 1 : 2) * path.stepSize(times[i]);
        expect(relative(clock, (g * g * values[0][i]) / m)).toBeLessThan(1e-5);
        expect(relative(slope(path.drift), path.stepSize(times[i]))).toBeLessThan(1e-6);
      }
    }
  });

  it('that always has one value is that constant, up to a blow-up', async () => {
    const one = defined('1');
    const solve = (stepSize: LimitSetting['stepSize']) =>
      solvePde(
        { ...halfSparse(1, 2), stepSize },
        { times: Float64Array.of(0, 0.1, 0.2, 0.3, 0.5), statistics: statistics(['risk']), tolerance: 1e-6 },
      );
    const [ours, constant] = [await solve(one), await solve({ kind: 'constant', value: 1 })];
    expect(ours.events.map(({ kind }) => kind)).toEqual(['blow-up']);
    expect(relative(ours.events[0].time, constant.events[0].time)).toBeLessThan(1e-4);
    for (let i = 0; i < 4; i++) expect(relative(ours.values[0][i], constant.values[0][i])).toBeLessThan(1e-4);
  });

  it('without a value stops the solution with a reason, and nothing else', async () => {
    const late = defined('0.5 + 0 * log(risk - 0.1)');
    const never = defined('log(-risk)');
    const solve = (stepSize: StateStepSizeSpec) =>
      solvePde({ ...halfSparse(1, 1), stepSize }, { times, statistics: statistics(['risk']), tolerance: 1e-4 });
    const stopped = await solve(late);
    expect(stopped.failed).toBe(true);
    expect(stopped.values[0][1]).toBeGreaterThan(0.1);
    expect(stopped.values[0][3]).toBeNaN();
    const begun = await solve(never);
    expect(begun.events[0].message).toMatch(/step size has no positive value at t = 0/);
  });

  it('predicts the rate that the solution has where γ(∞) is positive, and none where γ vanishes', async () => {
    for (const stepSize of [adagradNorm(1, 0.5), stochasticPolyak(1, 0.6)]) {
      const law = four(stepSize);
      const solution = await solvePde(law, {
        times: Float64Array.of(0, 60),
        statistics: statistics(['risk']),
        tolerance: 1e-5,
      });
      const { terminalRate } = predict(law, solution)!;
      const { path } = solution;
      expect(relative(Math.log(path.risk(50) / path.risk(60)) / 10, terminalRate!)).toBeLessThan(2e-3);
    }
    const noisy = four(adagradNorm(1, 0.5), { labelNoise: 0.1 });
    const solution = await solvePde(noisy, { times, statistics: statistics(['risk']), tolerance: 1e-3 });
    expect(predict(noisy, solution)).toBeNull();
  });

  it('has no spread of the risk yet, and says so', async () => {
    const law = four(adagradNorm(1, 0.5));
    const solution = await solvePde(law, { times, statistics: statistics(['risk']), tolerance: 1e-3 });
    await expect(riskFluctuation(law, solution, { times: Float64Array.of(1) })).rejects.toThrow(
      /step size itself fluctuates/,
    );
  });
});

describe('momentum', () => {
  it('is plain SGD with γ/(1 − θ), predictions included', async () => {
    const all = statistics(['risk', 'curvature', 'l1']);
    const plain = halfSparse(0.5, 1);
    const heavy = { ...halfSparse(0.05, 1), momentum: { kind: 'heavy-ball', value: 0.9 } as const };
    const [a, b] = await Promise.all(
      [plain, heavy].map((law) => solvePde(law, { times, statistics: all, tolerance: 1e-6 })),
    );
    for (const [k, row] of a.values.entries())
      for (const [i, value] of row.entries()) expect(relative(b.values[k][i], value)).toBeLessThan(1e-9);
    const [one, other] = [predict(plain, a)!, predict(heavy, b)!];
    expect(relative(other.terminalRate!, one.terminalRate!)).toBeLessThan(1e-9);
    expect(relative(10 * other.criticalStepSize!, one.criticalStepSize!)).toBeLessThan(1e-9);
  });
});
