/** Deterministic layouts: counts, quantiles, and how nearly independent spectrum, target and start are. */
import { describe, expect, it } from 'vitest';
import {
  buildProblem,
  ExperimentError,
  normalQuantile,
  type Problem,
  parseExperiment,
} from '../../src/problem/index.ts';
import { Direction, kroneckerRanks } from '../../src/problem/lowdiscrepancy.ts';
import { type File, withProblem } from './good.ts';

const build = (fields: File, dimension: number): Problem =>
  buildProblem(parseExperiment(withProblem(fields, dimension)));
const sorted = (values: Float64Array) => Float64Array.from(values).sort();
const mean = (values: ArrayLike<number>, f: (x: number) => number = (x) => x) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += f(values[i]);
  return sum / values.length;
};

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

  it('gaussian: exactly the quantiles of N(0, s²) at (i + ½)/d, in some order', () => {
    for (const d of [1, 2, 15, 1000]) {
      const { b } = build({ target: { kind: 'gaussian', scale: 1.5 } }, d);
      sorted(b).forEach((x, i) => {
        expect(x).toBeCloseTo(1.5 * normalQuantile((i + 0.5) / d), 13);
      });
    }
    expect(build({ target: { kind: 'gaussian', scale: 0 } }, 4).b.every((x) => x === 0)).toBe(true);
  });
});

describe('starts', () => {
  it('gaussian: u and v are quantiles of N(0, s²); the square parametrization has no v', () => {
    const start = { initialization: { kind: 'gaussian', scale: 2 }, target: { kind: 'constant', value: 1 } };
    const product = build(start, 999);
    for (const w of [product.u0, product.v0])
      sorted(w).forEach((x, i) => {
        expect(x).toBeCloseTo(2 * normalQuantile((i + 0.5) / 999), 12);
      });
    const square = build({ ...start, parametrization: 'square' }, 999);
    expect(square.u0).toEqual(product.u0);
    expect(square.v0.every((x) => x === 0)).toBe(true);
  });

  it('gaussian on a sparse target: the same law on the support and off it', () => {
    // 0.55 and 0.618 are near the golden ratio and 1.22⁻³, where sequences that know nothing of the support would line up with it.
    for (const fraction of [0.41, 0.5, 0.55, 0.618, 0.732]) {
      const { b, u0, v0 } = build(
        { target: { kind: 'sparse', fraction }, initialization: { kind: 'gaussian', scale: 1 } },
        5000,
      );
      for (const w of [u0, v0])
        for (const on of [true, false]) {
          const part = sorted(w.filter((_, i) => (b[i] !== 0) === on));
          part.forEach((x, i) => {
            expect(x).toBeCloseTo(normalQuantile((i + 0.5) / part.length), 12);
          });
        }
    }
  });

  it.each(['product', 'difference'])(
    'gaussian, %s: no coordinate starts where log|u² − v²| or log|uv| is −∞',
    (kind) => {
      for (let d = 4; d <= 1200; d++)
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
  const DIMENSIONS = [16, 100, 1000, 1024, 10_000, 65_536, 100_003, 2 ** 19];

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

describe('kroneckerRanks', () => {
  it('are the ranks of frac(iα + ½)', () => {
    for (const direction of [...Object.values(Direction), 0.5, 1 / 3, Math.PI - 3, 0.001, 0.999])
      for (const d of [1, 2, 3, 4, 5, 10, 64, 257, 1000]) {
        const step = BigInt(Math.floor(direction * 2 ** 32) | 1);
        const points = Array.from({ length: d }, (_, i) => BigInt.asUintN(32, BigInt(i) * step + 2n ** 31n));
        const order = [...points].sort((a, b) => (a < b ? -1 : 1));
        expect([...kroneckerRanks(d, direction)]).toEqual(points.map((x) => order.indexOf(x)));
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
