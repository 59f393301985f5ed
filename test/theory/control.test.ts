/** Error control, quadrature of continuous laws, blow-up, refusal. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/problem/index.ts';
import { predict, solvePde } from '../../src/theory/index.ts';
import { gaussianStartRule, halfNormalStart } from '../../src/theory/law/gaussianstart.ts';
import { lawOfClasses, limitLaw } from '../../src/theory/law/index.ts';
import { gaussianRule, marchenkoPasturRule, powerLawRule } from '../../src/theory/law/rules.ts';
import { halfSparse, points, setting, statistics } from './support.ts';

const names = [
  'risk',
  'distance',
  'curvature',
  'l1',
  'gradientNormSquared',
  'effectiveInitialization',
  'riskDrift',
  'riskNoise',
];
const all = statistics([
  ...names,
  { name: 'heavy', expression: 'lambda*(beta-b)^4' },
  { name: 'kink', expression: 'max(beta - 0.3, 0)' },
]);

describe('the tolerance', () => {
  it.each([
    ['A', () => halfSparse(0.5, 1), [0.8, 4, 20]],
    ['B', () => halfSparse(2, 1), [1]],
    ['C', () => halfSparse(1, 0.1), [3, 8]],
    ['lazy, slow', () => halfSparse(0.01, 5), [1, 30]],
    ['rich, slow', () => halfSparse(0.01, 1e-3), [100, 700, 1000]],
    ['very rich', () => halfSparse(0.5, 1e-3), [10, 30, 60]],
    ['batches and label noise', () => halfSparse(0.5, 0.5, { batchSize: 4, labelNoise: 0.5 }), [2, 10]],
    ['square', () => halfSparse(0.2, 0.3, { parametrization: 'square' }), [1, 5, 15]],
    [
      'piecewise steps',
      () => halfSparse(0.5, 1, { stepSize: { kind: 'piecewise', times: [0, 1, 3], values: [1, 0.2, 0.6] } }),
      [0.5, 2, 6],
    ],
  ] as const)(
    'holds for every statistic at every save time (%s)',
    async (_, law, saves) => {
      const times = Float64Array.of(0, ...saves);
      const solve = (tolerance: number) => solvePde(law(), { times, statistics: all, tolerance });
      const reference = await solve(1e-8);
      expect(reference.failed).toBe(false);
      for (const tolerance of [1e-3, 1e-5]) {
        const { values, errorEstimate, failed } = await solve(tolerance);
        expect(failed).toBe(false);
        expect(errorEstimate).toBeLessThanOrEqual(tolerance);
        values.forEach((row, k) => {
          row.forEach((value, i) => {
            const exact = reference.values[k][i];
            if (value === exact) return;
            expect(Math.abs(value - exact), `${all[k].name} at ${times[i]}`).toBeLessThanOrEqual(
              tolerance * Math.abs(exact),
            );
          });
        });
      }
    },
    240_000,
  );

  it.each([
    // Corners between a bulk that has contracted and late escapers, which no average sees: nodes there must neither collapse nor stop the clock.
    ['a very rich start with large steps', () => halfSparse(1.5, 1e-3), [20, 24, 40], 1e-4],
    // |b| ≤ gR for all classes but two: weights drift to zero, and the maps end at walls in their tails.
    [
      'steps far beyond the critical one',
      () =>
        lawOfClasses(
          setting(4.321),
          points('product', [
            [0.25, 1, 0.377, 0.144, 0.107],
            [0.5, 1, 1, 0.144, 0],
            [0.25, 1.5, 0, 0.144, 0.0431],
          ]),
        ),
      [0.4, 6, 12],
      1e-5,
    ],
  ] as const)('is reached in %s', async (_, law, saves, fine) => {
    const times = Float64Array.of(0, ...saves);
    const solve = (tolerance: number) =>
      solvePde(law(), { times, statistics: statistics(['risk', 'l1', 'riskNoise']), tolerance });
    const reference = await solve(fine);
    const { values, failed } = await solve(1e-3);
    expect([failed, reference.failed]).toEqual([false, false]);
    values.forEach((row, k) => {
      row.forEach((value, i) => {
        const exact = reference.values[k][i];
        expect(Math.abs(value - exact)).toBeLessThanOrEqual(1e-3 * Math.abs(exact));
      });
    });
  });

  it('holds on the plateau of label noise, which is known in closed form', async () => {
    // (4.4) of docs/theory.md with b = 1 for half of the coordinates: 2R = σ² + ½(2θ − θ²), θ = gR.
    const [g, sigma] = [0.3, 0.5];
    let plateau = 0.1;
    for (let i = 0; i < 100; i++) plateau = 0.5 * (sigma ** 2 + 0.5 * (2 * g * plateau - (g * plateau) ** 2));
    const { values, failed } = await solvePde(halfSparse(g, 0.01, { labelNoise: sigma }), {
      times: Float64Array.of(0, 2000),
      statistics: statistics(['risk']),
      tolerance: 1e-6,
    });
    expect(failed).toBe(false);
    expect(Math.abs(values[0][1] / plateau - 1)).toBeLessThan(1e-6);
  });

  it('is refused where it makes no sense, and work stops when it is aborted', async () => {
    const options = { times: Float64Array.of(0, 1), statistics: all, tolerance: 1e-6 };
    await expect(solvePde(halfSparse(0.5, 1), { ...options, tolerance: 0 })).rejects.toThrow(/tolerance/);
    await expect(solvePde(halfSparse(0.5, 1), { ...options, times: Float64Array.of(1, 2) })).rejects.toThrow(
      /save times/,
    );
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(solvePde(halfSparse(0.5, 1), { ...options, signal: abort.signal })).rejects.toThrow('enough');
  });
});

describe('blow-up', () => {
  it('is found, its time agrees between tolerances, and the curve up to it is kept', async () => {
    // "with λ=1, b∈{1,0} half/half, u=2, v=0, γ=1, R … diverges near t* ≈ 0.33" (docs/theory.md, "Blow-up").
    const times = Float64Array.of(0, 0.1, 0.2, 0.3, 0.4, 1);
    const ends: number[] = [];
    for (const tolerance of [1e-3, 1e-6]) {
      const { values, events, path, failed } = await solvePde(halfSparse(1, 2), {
        times,
        statistics: statistics(['risk', 'l1']),
        tolerance,
      });
      expect(failed).toBe(false);
      expect(events.map(({ kind }) => kind)).toEqual(['blow-up']);
      expect(values[0][3]).toBeGreaterThan(9);
      expect([values[0][4], values[1][4], values[0][5]]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
      expect(path.end).toBeLessThanOrEqual(events[0].time);
      expect(path.end).toBeGreaterThan(events[0].time * (1 - 1e-3));
      expect(path.risk(path.end)).toBeGreaterThan(1e3);
      ends.push(events[0].time);
    }
    expect(Math.abs(ends[0] / ends[1] - 1)).toBeLessThan(1e-3);
    expect(ends[1]).toBeCloseTo(0.3301, 3);
  });

  it.each([
    [3, 1],
    [0.6, 3],
    [0.3, 5],
  ])('has the same time to 1e-3 at any tolerance (γ = %d, α = %d)', async (g, alpha) => {
    const [coarse, fine] = await Promise.all(
      [1e-3, 1e-7].map((tolerance) =>
        solvePde(halfSparse(g, alpha), { times: Float64Array.of(0, 2), statistics: statistics(['risk']), tolerance }),
      ),
    );
    expect([coarse.events[0].kind, fine.events[0].kind]).toEqual(['blow-up', 'blow-up']);
    expect(Math.abs(coarse.events[0].time / fine.events[0].time - 1)).toBeLessThan(1e-3);
  });

  it('is not seen in a risk that only grows', async () => {
    // Beyond the critical step (γ_c ≈ 1.32 for α = 1) but not so far: R grows for a while and comes back.
    const { events, failed } = await solvePde(halfSparse(0.3, 3), {
      times: Float64Array.of(0, 1, 30),
      statistics: statistics(['risk']),
      tolerance: 1e-4,
    });
    expect(events).toEqual([]);
    expect(failed).toBe(false);
  });
});

describe('quadrature of laws', () => {
  const moment = (rule: { nodes: readonly number[]; weights: readonly number[] }, f: (x: number) => number) =>
    rule.nodes.reduce((sum, x, i) => sum + rule.weights[i] * f(x), 0);

  it('has the moments of the laws', () => {
    for (const r of [0.1, 0.5, 1]) {
      const rule = marchenkoPasturRule(r, 2);
      [1, 1, 1 + r, 1 + 3 * r + r * r].forEach((exact, k) => {
        expect(Math.abs(moment(rule, (x) => x ** k) - exact)).toBeLessThan(1e-13);
      });
    }
    for (const a of [0.5, 1, 3]) {
      const rule = powerLawRule(a, 2, 1e-9);
      for (const k of [0, 1, 2, 3])
        expect(Math.abs(moment(rule, (x) => x ** k) / ((a + 1) ** k / (k * a + 1)) - 1)).toBeLessThan(1e-13);
    }
    const negative = powerLawRule(-0.3, 6, 1e-12);
    expect(Math.abs(moment(negative, (x) => x) - 1)).toBeLessThan(1e-9);
    expect(Math.abs(moment(negative, (x) => x ** 2) - 0.49 / 0.4)).toBeLessThan(1e-4);
    const gaussian = gaussianRule(2, 5, { logScale: -6, cutoff: 1e-12 });
    expect(Math.abs(moment(gaussian, (x) => x ** 2) / 4 - 1)).toBeLessThan(1e-9);
    expect(Math.abs(moment(gaussian, Math.abs) / (2 * Math.sqrt(2 / Math.PI)) - 1)).toBeLessThan(1e-6);
    // Also where 1/scale is no number.
    const tiny = gaussianRule(1e-310, 5, { logScale: Math.log(1e-310) - 6.7, cutoff: 1e-12 });
    expect(Math.abs(moment(tiny, (x) => Math.abs(x) / 1e-310) / Math.sqrt(2 / Math.PI) - 1)).toBeLessThan(1e-6);
  });

  it('splits Gaussian starts into s and ζ exactly', () => {
    const z = Float64Array.from({ length: 181 }, (_, j) => (j - 90) / 10);
    const w = z.map((x) => Math.exp(-0.5 * x * x));
    const mean = (f: (i: number) => number) =>
      w.reduce((sum, x, i) => sum + x * f(i), 0) / w.reduce((sum, x) => sum + x, 0);
    const out = new Float64Array(z.length);
    // E p⁴ = 3σ⁴ with p² = σ²H e^{2ζ}; E|pq| = 2σ²/π.
    let fourth = 0;
    let product = 0;
    for (const node of gaussianStartRule(1.3, 5, 1e-12)) {
      if (node.start.kind === 'map') node.start.map(z, out);
      fourth += node.weight * Math.exp(2 * node.s) * mean((i) => Math.exp(4 * out[i]));
      product += node.weight * Math.exp(node.s);
    }
    expect(Math.abs(fourth / (3 * 1.3 ** 4) - 1)).toBeLessThan(1e-8);
    expect(Math.abs(product / ((2 * 1.3 ** 2) / Math.PI) - 1)).toBeLessThan(1e-8);
    const half = halfNormalStart(0.7);
    if (half.kind === 'map') half.map(z, out);
    expect(Math.abs(mean((i) => Math.exp(2 * out[i])) / 0.49 - 1)).toBeLessThan(1e-12);
    for (let j = 1; j < out.length; j++) expect(out[j]).toBeGreaterThan(out[j - 1]);
  });

  const experiment = (problem: object, stepSize = 0.4, horizon = 8) =>
    parseExperiment({ problem: { dimension: 4000, ...problem }, stepSize, horizon, methods: [{ kind: 'pde' }] });
  const covariance = { kind: 'marchenko-pastur', ratio: 0.5 };
  const gaussian = { kind: 'gaussian', scale: 1 };

  it.each([
    ['Marchenko–Pastur spectrum', { covariance }, 1e-3],
    ['Gaussian target, late (the feature at b = 0)', { target: gaussian }, 1e-3],
    ['power-law spectrum', { covariance: { kind: 'power-law', exponent: 1 } }, 1e-3],
    ['Gaussian start', { initialization: { kind: 'gaussian', scale: 0.7 } }, 1e-3],
    ['Gaussian start and target', { initialization: { kind: 'gaussian', scale: 0.7 }, target: gaussian }, 1e-2, 0.1],
    ['all three', { covariance, initialization: { kind: 'gaussian', scale: 0.7 }, target: gaussian }, 0.1, 0.2],
  ])('is converged: %s', { timeout: 240_000 }, async (_, problem, tolerance, finer = 0.03) => {
    const law = limitLaw(experiment(problem));
    const options = { times: Float64Array.of(0, 2, 8), statistics: statistics(['risk', 'curvature']) };
    const coarse = await solvePde(law, { ...options, tolerance });
    const fine = await solvePde(law, { ...options, tolerance: finer * tolerance });
    expect([coarse.failed, fine.failed]).toEqual([false, false]);
    fine.values.forEach((row, k) => {
      row.forEach((value, i) => {
        expect(Math.abs(coarse.values[k][i] / value - 1)).toBeLessThan(tolerance);
      });
    });
    expect(fine.work.classes).toBeGreaterThan(coarse.work.classes);
  });

  it('has no rate where the spectrum has no upper end and coordinates have b = 0', async () => {
    // λκ = λh e^{−2λI} → 0 as λ → ∞; the nodes of a quadrature would have a least λκ that means nothing.
    const law = limitLaw(experiment({ covariance: { kind: 'power-law', exponent: -0.3 } }, 0.2, 30));
    const solution = await solvePde(law, {
      times: Float64Array.of(0, 30),
      statistics: statistics(['risk']),
      tolerance: 1e-2,
    });
    const prediction = predict(law, solution);
    expect(prediction!.terminalRate).toBeNull();
    expect(prediction!.criticalStepSize).toBeGreaterThan(0.2);
  });

  it('gives 0 for what is odd under a symmetric start', async () => {
    const law = limitLaw(experiment({ initialization: { kind: 'gaussian', scale: 0.5 } }, 0.4, 3));
    const { values, failed } = await solvePde(law, {
      times: Float64Array.of(0, 3),
      statistics: statistics(['risk', { name: 'u', expression: 'u' }]),
      tolerance: 1e-2,
    });
    expect(failed).toBe(false);
    for (const value of values[1]) expect(Math.abs(value)).toBeLessThan(1e-15);
  });

  it('of a product law agrees with the empirical law of a large finite problem', async () => {
    const problem = {
      covariance: { kind: 'two-level', low: 0.5, high: 2, fraction: 0.25 },
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
    };
    const options = { times: Float64Array.of(0, 2, 8), statistics: all, tolerance: 1e-6 };
    const exact = await solvePde(limitLaw(experiment(problem)), options);
    const lambda = Array.from({ length: 4000 }, (_, i) => (i < 3000 ? 0.5 : 2));
    const empirical = await solvePde(
      limitLaw(experiment({ ...problem, covariance: { kind: 'values', values: lambda } })),
      options,
    );
    expect(exact.work.classes).toBe(4);
    expect(empirical.work.classes).toBe(4);
    exact.values.forEach((row, k) => {
      row.forEach((value, i) => {
        if (value !== empirical.values[k][i]) expect(Math.abs(empirical.values[k][i] / value - 1)).toBeLessThan(1e-6);
      });
    });
  });

  it('does not matter for signs: a negative target and an exchanged start', () => {
    const law = lawOfClasses(setting(0.5), points('product', [[1, 1, -0.7, 0.4, -0.4]]));
    const [c] = law.classes({ levels: { covariance: 0, target: 0, start: 0 }, clock: 0, drift: 0, cutoff: 0.1 });
    // p = 0, q = 0.8: exchanged, so that its dynamics see b = 0.7.
    expect(c.b).toBe(0.7);
    expect(c.views[0].exchanged).toBe(true);
    expect(c.s).toBe(Number.NEGATIVE_INFINITY);
  });

  it.each([
    ['sparse', { kind: 'sparse', fraction: 0.5, value: -1 }, { kind: 'constant', u: 1, v: 0 }],
    ['constant', { kind: 'constant', value: -1 }, { kind: 'constant', u: 1, v: 0 }],
    ['constant, of a Gaussian start', { kind: 'constant', value: -1 }, { kind: 'gaussian', scale: 0.5 }],
  ])(
    'of a negative target (%s) and a symmetric start is that of the positive one, mirrored',
    async (_, target, initialization) => {
      const options = { times: Float64Array.of(0, 2), statistics: statistics(['risk', 'l1']), tolerance: 1e-4 };
      const risk = (value: number) =>
        solvePde(limitLaw(experiment({ target: { ...target, value }, initialization })), options);
      const [negative, positive] = [await risk(-1), await risk(1)];
      for (const k of [0, 1])
        positive.values[k].forEach((value, i) => {
          expect(Math.abs(negative.values[k][i] - value)).toBeLessThan(1e-9);
        });
      expect(negative.values[0][0]).toBeGreaterThan(0.2);
    },
  );
});
