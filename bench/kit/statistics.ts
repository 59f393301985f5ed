/** The figures that are drawn from samples: medians, ratios pair by pair, straight lines, each with an interval. */
import { betaDistribution, betaQuantile } from '../../src/ensemble/beta.ts';
import type { Better, Quantity } from '../suite.ts';

export const LEVEL = 0.95;

export function median(x: readonly number[]): number {
  const sorted = [...x].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Interval for the median of the law behind independent samples, without a model of it: the order statistics x₍ₖ₎ … x₍ₙ₊₁₋ₖ₎ with the
 * largest k that covers at least `level`; the number below the median is Bin(n, ½). Fewer than six samples cannot cover 95%: then
 * smallest to largest, and `level` says what that covers, 1 − 2^(1−n).
 */
export function medianInterval(x: readonly number[], level = LEVEL): { low: number; high: number; level: number } {
  const n = x.length;
  const sorted = [...x].sort((a, b) => a - b);
  // P(Bin(n, ½) ≤ k − 1) = I_½(n − k + 1, k).
  const coverage = (k: number) => Math.max(0, 1 - 2 * betaDistribution(0.5, n - k + 1, k));
  let k = 1;
  while (2 * (k + 1) <= n && coverage(k + 1) >= level) k++;
  return { low: sorted[k - 1], high: sorted[n - k], level: coverage(k) };
}

/** Samples → their median with its interval. */
export function measured(samples: readonly number[], unit: string, better: Better = 'none'): Quantity {
  if (samples.length === 0) throw new Error('there are no samples to take a median of');
  return { unit, better, samples, value: median(samples), ...medianInterval(samples) };
}

/** A number that is known, not sampled: a count, a size, a prediction. */
export function exact(value: number, unit: string, better: Better = 'none'): Quantity {
  return { unit, better, samples: [], value, low: value, high: value, level: 1 };
}

/** a[i] / b[i]: repetitions that took turns, so that a slow spell of the machine hits both. */
export function pairedRatios(a: readonly number[], b: readonly number[]): number[] {
  if (a.length !== b.length) throw new Error(`pairs need equally many samples, not ${a.length} and ${b.length}`);
  return a.map((value, i) => value / b[i]);
}

export function meanAndVariance(x: readonly number[]): { mean: number; variance: number } {
  const mean = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean, variance: x.reduce((a, b) => a + (b - mean) ** 2, 0) / (x.length - 1) };
}

/** Mean of samples with its interval by Student's t; the samples are kept. */
export function averaged(samples: readonly number[], unit: string, better: Better = 'none'): Quantity {
  const { mean, variance } = meanAndVariance(samples);
  const half = studentQuantile(samples.length - 1) * Math.sqrt(variance / samples.length);
  return { unit, better, samples, value: mean, low: mean - half, high: mean + half, level: LEVEL };
}

/** The t with P(|T| ≤ t) = `level` for Student's T with `degrees` ≥ 1 degrees of freedom: degrees/(degrees + T²) ~ Beta(degrees/2, ½). */
export function studentQuantile(degrees: number, level = LEVEL): number {
  if (!(degrees >= 1)) throw new RangeError(`an interval needs at least one degree of freedom, not ${degrees}`);
  const x = betaQuantile(1 - level, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - x)) / x);
}

export interface Line {
  readonly slope: Quantity;
  readonly intercept: Quantity;
}

/**
 * Least squares of y on x with equal weights, and Student intervals with n − 2 degrees of freedom (exact for independent normal errors of one
 * variance). Needs three points and two different x.
 */
export function fitLine(x: readonly number[], y: readonly number[], unit = '1'): Line {
  const n = x.length;
  const meanX = x.reduce((a, b) => a + b, 0) / n;
  const meanY = y.reduce((a, b) => a + b, 0) / n;
  let [xx, xy] = [0, 0];
  for (let i = 0; i < n; i++) {
    xx += (x[i] - meanX) ** 2;
    xy += (x[i] - meanX) * (y[i] - meanY);
  }
  if (n < 3 || !(xx > 0)) throw new RangeError(`a line needs three points at two different places, not ${n} points`);
  const slope = xy / xx;
  const intercept = meanY - slope * meanX;
  let residual = 0;
  for (let i = 0; i < n; i++) residual += (y[i] - intercept - slope * x[i]) ** 2;
  const t = studentQuantile(n - 2);
  const scale = Math.sqrt(residual / (n - 2));
  const as = (value: number, error: number): Quantity => ({
    unit,
    better: 'none',
    samples: [],
    value,
    low: value - t * error,
    high: value + t * error,
    level: LEVEL,
  });
  return {
    slope: as(slope, scale / Math.sqrt(xx)),
    intercept: as(intercept, scale * Math.sqrt(1 / n + (meanX * meanX) / xx)),
  };
}

/** Difference of two samples' means in standard errors. */
export function disagreement(x: readonly number[], y: readonly number[]): number {
  const a = meanAndVariance(x);
  const b = meanAndVariance(y);
  return Math.abs(a.mean - b.mean) / Math.sqrt(a.variance / x.length + b.variance / y.length);
}
