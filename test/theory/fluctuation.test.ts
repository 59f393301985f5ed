/** The spread of the risk at finite d (docs/fluctuations.md) against closed forms and against ensembles. */
import { describe, expect, it } from 'vitest';
import { buildProblem, parseExperiment } from '../../src/problem/index.ts';
import { openBackend } from '../../src/run/backends.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleRequest } from '../../src/statistics/stream.ts';
import { type FluctuationOptions, riskFluctuation } from '../../src/theory/fluctuation/index.ts';
import { solvePde } from '../../src/theory/index.ts';
import {
  type LimitClass,
  type LimitLaw,
  type LimitSetting,
  lawOfClasses,
  limitLaw,
} from '../../src/theory/law/index.ts';

/** A class of the product form that starts at the point (u, v), u > |v|. */
function pointClass(lambda: number, b: number, u: number, v: number, weight: number): LimitClass {
  const [p, q] = [u + v, u - v];
  return {
    weight,
    lambda,
    b,
    s: Math.log(p * q),
    start: { kind: 'point', logP: Math.log(p) },
    views: [{ exchanged: false, p: 1, q: 1, share: 1 }],
  };
}

const setting = (stepSize: number, changes: Partial<LimitSetting> = {}): LimitSetting => ({
  parametrization: 'product',
  labelNoise: 0,
  batchSize: 1,
  stepSize: { kind: 'constant', value: stepSize },
  horizon: 100,
  ...changes,
});

async function spreadOf(law: LimitLaw, options: FluctuationOptions) {
  const times = Float64Array.of(0, ...options.times);
  const solution = await solvePde(law, { times, statistics: resolveStatistics(['risk']), tolerance: 1e-2 });
  return riskFluctuation(law, solution, options);
}

describe('the spread of the risk at finite d, in closed form', () => {
  it('is that of a geometric Brownian motion near the solution, where SGD is linear', async () => {
    // One class with e small: R⁺ = R(1 − c χ²/d) for SGD, c = 2gλκ − g²λ²κ²/m, and dR = −cR dt + 2gλκR dB/√(md) for the SDE.
    const [gamma, lambda, m, kappa] = [0.3, 0.8, 2, 2];
    const times = Float64Array.of(0.5, 2, 6);
    const law = [pointClass(lambda, 1, 1 + 1e-5, 1 - 1e-6, 1)];
    const { standardDeviation, sdeStandardDeviation, clockShare } = await spreadOf(
      lawOfClasses(setting(gamma, { batchSize: m }), law),
      { times, tolerance: 1e-3 },
    );
    const drift = 2 * gamma * lambda * kappa;
    const c = drift - (gamma * lambda * kappa) ** 2 / m;
    // R itself, from the same linear equation: R(0) e^{−ct}.
    const e0 = (1 + 1e-5) * (1 - 1e-6) - 1;
    times.forEach((t, i) => {
      const risk = 0.5 * lambda * e0 * e0 * Math.exp(-c * t);
      expect(standardDeviation[i] / risk / (c * Math.sqrt((2 * t) / m)) - 1).toBeCloseTo(0, 2.5);
      expect(sdeStandardDeviation[i] / risk / (drift * Math.sqrt(t / m)) - 1).toBeCloseTo(0, 2.5);
      // SGD's residual is the only randomness that a single linear class can see.
      expect(clockShare[i]).toBeCloseTo(1, 4);
    });
  });

  it.each(['product', 'difference', 'square'] as const)(
    'starts at the rate of the first step (%s)',
    async (parametrization) => {
      const [gamma, m, sigma] = [0.4, 3, 0.5];
      const g = parametrization === 'product' ? gamma : 2 * gamma;
      const classes = [
        { lambda: 0.5, b: 1, p: 1.7, q: 0.4 },
        { lambda: 2, b: -0.3, p: 0.9, q: 1.1 },
        { lambda: 1, b: 0.2, p: 1.2, q: 0.8 },
      ].map(({ lambda, b, p, q }): LimitClass => {
        const balanced = parametrization === 'square';
        return {
          weight: 1 / 3,
          lambda,
          b,
          s: balanced ? Number.NEGATIVE_INFINITY : Math.log(p * q),
          start: { kind: 'point', logP: Math.log(p) },
          views: [{ exchanged: false, p: 1, q: 1, share: 1 }],
        };
      });
      const mean = (f: (lambda: number, e: number, beta: number, kappa: number) => number) =>
        classes.reduce((sum, { lambda, b, s, start }) => {
          const p = Math.exp(start.kind === 'point' ? start.logP : 0);
          const q = Math.exp(s) / p;
          const beta = (p * p - q * q) / 4;
          return sum + f(lambda, beta - b, beta, (p * p + q * q) / 2) / 3;
        }, 0);
      // Variance a unit of time of one step's change of R, from the mean and the covariance of r x (theory.md, "One step").
      const risk = 0.5 * (mean((l, e) => l * e * e) + sigma ** 2);
      const square = mean((l, e, _, k) => l ** 3 * e ** 2 * k ** 2);
      const cross = mean((l, e, _, k) => l ** 2 * e ** 2 * k);
      const slope = -g * cross + (g * g * risk * mean((l, e, beta, k) => l * l * (k * k + 2 * e * beta))) / m;
      const sde = (g * g * 2 * risk * square) / m;
      const sgd = sde - (g * g * cross * cross) / m + (2 * slope * slope) / m;
      // At t the rate has changed by O(t): extrapolate from t and t/2.
      const t = 2e-3;
      const at = Float64Array.of(t / 2, t);
      const result = await spreadOf(
        lawOfClasses(setting(gamma, { parametrization, batchSize: m, labelNoise: sigma }), classes),
        {
          times: at,
          tolerance: 1e-4,
        },
      );
      const rate = (x: Float64Array) => (4 * x[0] ** 2 - x[1] ** 2) / t;
      expect(rate(result.standardDeviation) / sgd).toBeCloseTo(1, 3);
      expect(rate(result.sdeStandardDeviation) / sde).toBeCloseTo(1, 3);
    },
  );

  it('reports an error that holds', async () => {
    const law = [pointClass(1, 1, 1, 0, 0.5), pointClass(1, 0, 1, 0, 0.5)];
    const times = Float64Array.of(0.5, 2);
    const [rough, fine] = await Promise.all(
      [0.03, 3e-4].map((tolerance) => spreadOf(lawOfClasses(setting(2), law), { times, tolerance })),
    );
    for (const i of [0, 1]) {
      const difference = Math.abs(rough.standardDeviation[i] / fine.standardDeviation[i] - 1);
      expect(difference).toBeLessThan(rough.error[i] + fine.error[i]);
      expect(fine.error[i]).toBeLessThan(3e-4);
    }
  });

  it('resolves continuous laws: the limit law against the quantiles of a large finite problem', async () => {
    const problem = { target: { kind: 'gaussian', scale: 1 } };
    const parse = (more: object) =>
      limitLaw(
        parseExperiment({
          problem: { dimension: 200, ...problem, initialization: { kind: 'constant', u: 0.8, v: 0.2 }, ...more },
          stepSize: 0.5,
          horizon: 3,
          methods: [{ kind: 'pde' }],
        }),
      );
    const options = { times: Float64Array.of(3), tolerance: 0.05 };
    const law = parse({});
    const { b } = buildProblem(
      parseExperiment({ problem: { dimension: 200, ...problem }, horizon: 3, methods: [{ kind: 'pde' }] }),
    );
    const values = (x: Float64Array) => ({ kind: 'values', values: [...x] });
    const finite = parse({ target: values(b) });
    const [limit, large] = await Promise.all([spreadOf(law, options), spreadOf(finite, options)]);
    expect(large.standardDeviation[0] / limit.standardDeviation[0]).toBeCloseTo(1, 1.3);
  });

  it('ends with the limit, at its blow-up', async () => {
    const law = [pointClass(1, 1, 2, 0, 0.5), pointClass(1, 0, 2, 0, 0.5)];
    const { standardDeviation } = await spreadOf(lawOfClasses(setting(1), law), { times: Float64Array.of(0.2, 0.5) });
    expect(standardDeviation[0]).toBeGreaterThan(1);
    expect(standardDeviation[1]).toBeNaN();
  });

  it('refuses times and tolerances out of range, naming them', async () => {
    const law = [pointClass(1, 1, 1, 0, 1)];
    const nothing = { path: { end: 0, risk: () => 0, clock: () => 0 } };
    const go = (times: number[], tolerance?: number) =>
      riskFluctuation(lawOfClasses(setting(0.5), law), nothing, { times: Float64Array.from(times), tolerance });
    await expect(go([])).rejects.toThrow(/times is empty/);
    await expect(go([0, 1])).rejects.toThrow(/times\[0\] is 0/);
    await expect(go([1, 1])).rejects.toThrow(/times\[1\] is 1/);
    await expect(go([101])).rejects.toThrow(/horizon 100/);
    await expect(go([1], 0)).rejects.toThrow(/tolerance is 0/);
    await expect(
      riskFluctuation(lawOfClasses(setting(0.5), law), nothing, {
        times: Float64Array.of(1),
        signal: AbortSignal.abort(new Error('stop')),
      }),
    ).rejects.toThrow('stop');
  });
});

/** Four coordinates' worth of classes, repeated: λ and b exactly as in the law, so that the start contributes nothing. */
const CLASSES = [
  { lambda: 0.5, b: 1 },
  { lambda: 0.5, b: 0 },
  { lambda: 1.5, b: 1 },
  { lambda: 1.5, b: -0.5 },
];
const [U, V, SIGMA, BATCH] = [1.2, 0.2, 0.3, 2];
const SCHEDULE = { kind: 'piecewise' as const, times: [0, 1], values: [0.4, 0.2] };

/** Spread of the risk over replicas at t = 1 and 3, and the relative standard error of each spread (from the fourth moment). */
async function measure(dimension: number, count: number, method: EnsembleRequest['method']) {
  const repeat = (f: (c: (typeof CLASSES)[0]) => number) =>
    Array.from({ length: dimension }, (_, i) => f(CLASSES[i % 4]));
  const problem = buildProblem(
    parseExperiment({
      problem: {
        dimension,
        covariance: { kind: 'values', values: repeat((c) => c.lambda) },
        target: { kind: 'values', values: repeat((c) => c.b) },
        initialization: { kind: 'constant', u: U, v: V },
        labelNoise: SIGMA,
        batchSize: BATCH,
      },
      stepSize: SCHEDULE,
      horizon: 3,
      methods: [{ kind: 'sgd' }],
    }),
  );
  const times = Float64Array.of(0, 1, 3);
  const { engine } = await openBackend('cpu');
  const values: number[][] = [[], [], []];
  const statistics = resolveStatistics(['risk']);
  const request = { problem, method, times, statistics, replicas: { first: 0, count }, seed: 20261123 };
  for await (const event of engine.run(request))
    if (event.type === 'samples') values[event.timeIndex].push(...event.values);
  await engine.dispose();
  return values.slice(1).map((x) => {
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    const moment = (k: number) => x.reduce((sum, y) => sum + (y - mean) ** k, 0) / x.length;
    const spread = Math.sqrt((moment(2) * x.length) / (x.length - 1));
    return { count: x.length, spread, relativeError: Math.sqrt((moment(4) / moment(2) ** 2 - 1) / (4 * x.length)) };
  });
}

describe('the spread of the risk at finite d, against ensembles', () => {
  const law = CLASSES.map(({ lambda, b }) => pointClass(lambda, b, U, V, 0.25));
  const theory = spreadOf(lawOfClasses(setting(0, { stepSize: SCHEDULE, labelNoise: SIGMA, batchSize: BATCH }), law), {
    times: Float64Array.of(1, 3),
  });

  // 600 replicas: a standard error of 3%. Four of them, and 2/d for what the theory leaves out: 4 comparisons, false alarms 3e-4.
  it.each([
    ['sgd', { kind: 'sgd' }],
    ['sde', { kind: 'sde', timeStep: 0.05, scheme: 'strang', coupling: 'interacting' }],
  ] as const)('%s at d = 128', async (name, method) => {
    const { standardDeviation, sdeStandardDeviation } = await theory;
    const predicted = name === 'sgd' ? standardDeviation : sdeStandardDeviation;
    const measured = await measure(128, 600, method);
    measured.forEach(({ count, spread, relativeError }, i) => {
      expect(count).toBe(600);
      expect(relativeError).toBeLessThan(0.04);
      expect(Math.abs((spread * Math.sqrt(128)) / predicted[i] - 1)).toBeLessThan(4 * relativeError + 2 / 128);
    });
  });
});
