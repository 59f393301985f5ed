/** Deterministic layouts: counts, quantiles, and how nearly independent spectrum, target and start are. */
import { describe, expect, it } from 'vitest';
import {
  buildProblem,
  ExperimentError,
  normalQuantile,
  type Problem,
  parseExperiment,
} from '../../src/problem/index.ts';
import { arrange, Dimension } from '../../src/problem/layout/net.ts';
import { type File, withProblem } from './good.ts';

const build = (fields: File, dimension: number): Problem =>
  buildProblem(parseExperiment(withProblem(fields, dimension)));
const sorted = (values: Float64Array) => Float64Array.from(values).sort();
const mean = (values: ArrayLike<number>, f: (x: number) => number = (x) => x) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i]);
  return sum / values.length;
};

/** Law N(0, scale²): moments to rounding (the middle value of odd d leaves 10⁻⁴), quantiles to O(1/d) where the law has its mass. */
function looksNormal(values: Float64Array, scale: number): void {
  const d = values.length;
  const x = sorted(values).map((value) => value / scale);
  const close = d % 2 === 0 ? 10 : 4;
  expect(Math.abs(mean(x))).toBeLessThan(1e-13);
  expect(mean(x, (z) => z * z)).toBeCloseTo(1, 10);
  expect(mean(x, (z) => z ** 4)).toBeCloseTo(3, close);
  expect(mean(x, (z) => z ** 6)).toBeCloseTo(15, close);
  // E log|N| = −(γ + log 2)/2.
  expect(mean(x, (z) => Math.log(Math.abs(z)))).toBeCloseTo(-(0.5772156649015329 + Math.LN2) / 2, close);
  x.forEach((z, i) => {
    const quantile = normalQuantile((i + 0.5) / d);
    if (Math.abs(quantile) < 1.5) expect(Math.abs(z - quantile) * d).toBeLessThan(4);
    else expect(Math.abs(z - quantile)).toBeLessThan(0.3);
  });
}

describe('spectra', () => {
  it('identity', () => {
    expect(build({}, 5).lambda).toEqual(new Float64Array(5).fill(1));
  });

  it.each([
    [-16, 1000],
    [-1, 7],
    [-0.5, 4096],
    [0, 10],
    [0.3, 100_003],
    [1, 4096],
    [16, 1000],
    [16, 1],
  ])('power law of exponent %d, d = %i: mean 1, ratios (i/j)^a, increasing', (exponent, d) => {
    const { lambda } = build({ covariance: { kind: 'power-law', exponent } }, d);
    expect(Math.abs(mean(lambda) - 1)).toBeLessThan(1e-13);
    const rank = (i: number) => (exponent < 0 ? d - i : i + 1);
    for (const [i, j] of [
      [0, d - 1],
      [d >> 1, d >> 2],
    ])
      expect(lambda[i] / lambda[j] / (rank(i) / rank(j)) ** exponent).toBeCloseTo(1, 12);
    expect(lambda).toEqual(sorted(lambda));
    expect(lambda[0]).toBeGreaterThan(0);
  });

  it.each([
    [0.25, 1000, 250],
    [0.5, 7, 4],
    [0, 5, 0],
    [1, 5, 5],
    [0.001, 100, 0],
  ])('two levels, share %d of d = %i: exactly %i high', (fraction, d, high) => {
    const { lambda } = build({ covariance: { kind: 'two-level', low: 0.5, high: 3, fraction } }, d);
    expect(lambda.filter((x) => x === 3).length).toBe(high);
    expect(lambda.filter((x) => x === 0.5).length).toBe(d - high);
    expect(lambda).toEqual(sorted(lambda));
  });

  it('values, targets and starts are kept one by one', () => {
    const given = {
      covariance: { kind: 'values', values: [3, 1, 2] },
      target: { kind: 'values', values: [0, -1, 5] },
      initialization: { kind: 'values', u: [1, 2, 3], v: [-1, 0, 1] },
    };
    const { lambda, b, u0, v0 } = build(given, 3);
    expect([lambda, b, u0, v0].map((x) => [...x])).toEqual([
      [3, 1, 2],
      [0, -1, 5],
      [1, 2, 3],
      [-1, 0, 1],
    ]);
  });
});

describe('targets', () => {
  it.each([
    [0.5, 16],
    [0.3, 10],
    [0.1, 4],
    [0.9, 4],
    [1 / 3, 1000],
    [0.618, 4096],
    [0.999, 1000],
    [1, 9],
    [0, 9],
  ])('sparse, share %d of d = %i: exactly round(f·d), and every run of n coordinates holds f·n ± 1', (fraction, d) => {
    const { b } = build({ target: { kind: 'sparse', fraction, value: -2 } }, d);
    const nonzero = Math.round(fraction * d);
    expect(b.filter((x) => x === -2).length).toBe(nonzero);
    expect(b.filter((x) => x === 0).length).toBe(d - nonzero);
    let count = 0;
    let low = 0;
    let high = 0;
    b.forEach((x, i) => {
      if (x !== 0) count++;
      const excess = count - ((i + 1) * nonzero) / d;
      low = Math.min(low, excess);
      high = Math.max(high, excess);
    });
    expect(high - low).toBeLessThanOrEqual(1 + 1e-9);
  });

  it('gaussian: quantiles of N(0, s²), with the moments of the law', () => {
    for (const d of [100, 101, 1000, 100_003])
      looksNormal(build({ target: { kind: 'gaussian', scale: 1.5 } }, d).b, 1.5);
    expect(build({ target: { kind: 'gaussian', scale: 0 } }, 4).b.every((x) => x === 0)).toBe(true);
  });

  it('gaussian in few dimensions: as many moments as there can be, and no two values alike', () => {
    for (let d = 2; d < 100; d += d < 16 ? 1 : 7) {
      const b = sorted(build({ target: { kind: 'gaussian', scale: 1 } }, d).b);
      expect(b.every((x, i) => i === 0 || x > b[i - 1])).toBe(true);
      expect(Math.abs(mean(b))).toBeLessThan(1e-14);
      expect(mean(b, (x) => x * x)).toBeCloseTo(1, 10);
      // Odd d have a middle value that is not 0, which leaves ⟨x⁴⟩ right to its fourth power.
      if (d >= 8) expect(mean(b, (x) => x ** 4)).toBeCloseTo(3, d % 2 === 0 ? 10 : 3);
      if (d >= 80) expect(mean(b, (x) => x ** 6)).toBeCloseTo(15, d % 2 === 0 ? 10 : 3);
    }
  });
});

describe('starts', () => {
  it('gaussian: u and v are quantiles of N(0, s²), the same for both; the square parametrization has no v', () => {
    const start = { initialization: { kind: 'gaussian', scale: 2 }, target: { kind: 'constant', value: 1 } };
    const product = build(start, 999);
    for (const w of [product.u0, product.v0]) looksNormal(w, 2);
    expect(sorted(product.u0)).toEqual(sorted(product.v0));
    const square = build({ ...start, parametrization: 'square' }, 999);
    expect(sorted(square.u0)).toEqual(sorted(product.u0));
    expect(square.v0.every((x) => x === 0)).toBe(true);
  });

  it('gaussian on a sparse target: the same law on the support and off it', () => {
    // Halves and eighths are where binary sequences that know nothing of the support would line up with it.
    for (const fraction of [0.125, 0.41, 0.5, 0.618]) {
      const { b, u0, v0 } = build(
        { target: { kind: 'sparse', fraction }, initialization: { kind: 'gaussian', scale: 1 } },
        5000,
      );
      const ranks = (w: Float64Array) => {
        const all = sorted(w);
        return w.map((x) => (all.indexOf(x) + 0.5) / w.length);
      };
      for (const w of [ranks(u0), ranks(v0)])
        for (const on of [true, false]) {
          const part = sorted(w.filter((_, i) => (b[i] !== 0) === on));
          // Kolmogorov's distance, 0.87/√n for random draws: 22/n for the smallest part here, 58/n for the largest.
          const distance = part.reduce((most, x, i) => Math.max(most, Math.abs(x - (i + 0.5) / part.length)), 0);
          expect(distance * part.length).toBeLessThan(10);
        }
    }
  });

  it.each(['product', 'difference'])(
    'gaussian, %s: no coordinate starts where log|u² − v²| or log|uv| is −∞',
    (kind) => {
      for (const d of [4, 5, 6, 7, 8, 9, 15, 16, 31, 64, 99, 100, 1001])
        for (const target of [
          { kind: 'constant', value: 1 },
          { kind: 'sparse', fraction: 0.5 },
        ]) {
          const start = { initialization: { kind: 'gaussian', scale: 0.7 }, parametrization: kind, target };
          const { u0, v0 } = build(start, d);
          const bad = u0.findIndex((u, i) =>
            kind === 'product' ? Math.abs(u) === Math.abs(v0[i]) : u === 0 || v0[i] === 0,
          );
          expect([d, bad]).toEqual([d, -1]);
        }
    },
  );

  it('constant', () => {
    const { u0, v0 } = build({ initialization: { kind: 'constant', u: 0.1, v: -3 } }, 3);
    expect([...u0, ...v0]).toEqual([0.1, 0.1, 0.1, -3, -3, -3]);
  });
});

describe('independence of the layouts', () => {
  type Shape = (x: number) => number;
  /** |mean of f(x)g(y) − mean f(x)·mean g(y)|, the largest over shapes that see slope, width and tails. */
  const dependence = (x: Float64Array, y: Float64Array): number => {
    const shapes: Shape[] = [(z) => z, (z) => z * z, (z) => Math.tanh(3 * z)];
    let worst = 0;
    for (const f of shapes)
      for (const g of shapes) {
        let product = 0;
        for (let i = 0; i < x.length; i++) product += f(x[i]) * g(y[i]);
        worst = Math.max(worst, Math.abs(product / x.length - mean(x, f) * mean(y, g)));
      }
    return worst;
  };
  const DIMENSIONS = [16, 100, 1000, 10_000, 65_536, 100_003];

  it('spectrum and sparse target: O(1/d)', () => {
    for (const d of DIMENSIONS)
      for (const fraction of [0.5, 0.1, 1 / 3]) {
        const { lambda, b } = build(
          { covariance: { kind: 'marchenko-pastur', ratio: 0.5 }, target: { kind: 'sparse', fraction } },
          d,
        );
        // Koksma: total variation (of λ², at most 8.5) times the discrepancy 1/d, and the rounding of the count.
        expect(dependence(lambda, b) * d).toBeLessThan(9);
      }
  });

  it('spectrum and Gaussian target and start: O(log d/d); between the latter: O(log² d/d)', () => {
    for (const d of DIMENSIONS) {
      const { lambda, b, u0, v0 } = build(
        {
          covariance: { kind: 'marchenko-pastur', ratio: 0.5 },
          target: { kind: 'gaussian', scale: 1 },
          initialization: { kind: 'gaussian', scale: 1 },
        },
        d,
      );
      // A random order would give 2/√d for squares: at d = 2¹⁹ that is 110 log d/d and 8 log² d/d.
      const log = Math.log(d);
      for (const w of [b, u0, v0]) expect((dependence(lambda, w) * d) / log).toBeLessThan(5);
      for (const [x, y] of [
        [b, u0],
        [b, v0],
        [u0, v0],
      ])
        expect((dependence(x, y) * d) / log ** 2).toBeLessThan(2);
      // All three at once.
      let triple = 0;
      for (let i = 0; i < d; i++) triple += b[i] * u0[i] * v0[i];
      expect(Math.abs(triple / log ** 3)).toBeLessThan(2);
    }
  });
});

describe('arrange', () => {
  const increasing = (d: number) => Float64Array.from({ length: d }, (_, i) => i);

  it('is a permutation, whatever the strata', () => {
    for (const d of [1, 2, 3, 7, 64, 1000])
      for (const strata of [null, [0], [1, 2]]) {
        const lists = strata?.map((k) =>
          Uint32Array.from(increasing(d)).filter((i) => (strata.length === 1 ? true : (i % 3 === 0) === (k === 1))),
        );
        const out = new Float64Array(d).fill(-1);
        arrange(increasing(d), Dimension.v, lists?.filter(({ length }) => length > 0) ?? null, out);
        expect(sorted(out)).toEqual(increasing(d));
      }
  });

  it('puts one of every 2^k consecutive coordinates in each 2^−k of the values: a net in base 2', () => {
    const d = 1024;
    for (const dimension of Object.values(Dimension)) {
      const out = new Float64Array(d);
      arrange(increasing(d), dimension, null, out);
      for (let k = 1; k <= 10; k++)
        for (let first = 0; first < d; first += 2 ** k) {
          const cells = new Set(out.subarray(first, first + 2 ** k).map((x) => Math.floor((x * 2 ** k) / d)));
          expect(cells.size).toBe(2 ** k);
        }
    }
  });
});

describe('buildProblem', () => {
  it('says when the arrays do not fit in memory', () => {
    const experiment = parseExperiment(withProblem({}, 4));
    experiment.problem.dimension = 2 ** 40;
    expect(() => buildProblem(experiment)).toThrow(ExperimentError);
    expect(() => buildProblem(experiment)).toThrow(/^problem\.dimension: must fit in memory.*found 1099511627776$/);
  });

  it('passes on everything else', () => {
    const {
      lambda: _l,
      b: _b,
      u0: _u,
      v0: _v,
      ...rest
    } = build(
      { parametrization: 'difference', labelNoise: 0.1, batchSize: 3, features: { kind: 'student-t', degrees: 5 } },
      4,
    );
    expect(rest).toEqual({
      dimension: 4,
      parametrization: 'difference',
      labelNoise: 0.1,
      batchSize: 3,
      features: { kind: 'student-t', degrees: 5 },
      stepSize: { kind: 'constant', value: 0.5 },
      horizon: 3,
    });
    expect(build({ features: 'uniform' }, 4).features).toEqual({ kind: 'uniform' });
  });
});
