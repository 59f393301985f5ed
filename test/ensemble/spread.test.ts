/** Deviations whose squares leave the range of f64. */
import { describe, expect, it } from 'vitest';
import { Covariance } from '../../src/ensemble/index.ts';
import { norm, Spread } from '../../src/ensemble/spread.ts';

const values = [1, 4, -2, 3.5, 0.25, 7];
const mean = values.reduce((a, b) => a + b) / 6;
const error = Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 5 / 6);

describe.each([1, 1e-170, 1e-300, 1e170, 1e300])('values of size %d', (scale) => {
  it('have a standard error, also in two halves', () => {
    const whole = new Spread(1);
    const halves = [new Spread(1), new Spread(1)];
    values.forEach((x, k) => {
      whole.add(0, scale * x);
      halves[k % 2].add(0, scale * x);
    });
    halves[0].merge(halves[1]);
    for (const one of [whole, halves[0], Spread.read(whole.state(), 1)]) {
      expect(one.mean[0] / scale).toBeCloseTo(mean, 12);
      expect(one.standardError(0) / scale).toBeCloseTo(error, 12);
    }
    // A variance below the range of f64 is not 0.
    expect(whole.variance(0)).not.toBe(0);
  });

  it('have a correlation, also in two halves', () => {
    const spec = { kind: 'covariance', pair: [0, 1], timeIndices: [0] } as const;
    const [plain, whole, ...halves] = Array.from({ length: 4 }, () => new Covariance(spec));
    values.forEach((x, k) => {
      const y = x * x - 3 * x;
      plain.add(0, k, Float64Array.of(x, y));
      for (const one of [whole, halves[k % 2]]) one.add(0, k, Float64Array.of(scale * x, y / scale));
    });
    halves[0].merge(halves[1].state());
    const y = values.map((x) => x * x - 3 * x);
    const meanY = y.reduce((a, b) => a + b) / 6;
    const covariance = values.reduce((sum, x, k) => sum + (x - mean) * (y[k] - meanY), 0) / 5;
    for (const one of [plain, whole, halves[0]]) {
      expect(one.covariance(0)).toBeCloseTo(covariance, 10);
      expect(one.correlation(0)).toBeCloseTo(plain.correlation(0), 12);
    }
  });
});

it('the norm is that of plain squares where these are numbers', () => {
  expect(norm(3, 4)).toBe(5);
  expect(norm(0, 0)).toBe(0);
  expect(norm(3e-320, 0)).toBe(3e-320);
  expect(norm(3e200, 4e200)).toBeCloseTo(5e200, -190);
  expect(norm(1e-170, Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
});
