/** λ of a problem. */
import { pow } from '../../elementary/index.ts';
import type { ExperimentProblem } from '../experiment.ts';
import { marchenkoPasturQuantiles } from '../marchenkopastur.ts';

/** λ, increasing except for `values`. */
export function layCovariance(covariance: ExperimentProblem['covariance'], dimension: number): Float64Array {
  switch (covariance.kind) {
    case 'identity':
      return new Float64Array(dimension).fill(1);
    case 'power-law':
      return powerLaw(covariance.exponent, dimension);
    case 'marchenko-pastur':
      // Pure quantiles: their mean is 1 + O(d^(−5/3)), not rescaled.
      return marchenkoPasturQuantiles(covariance.ratio, dimension);
    case 'two-level': {
      const high = Math.round(covariance.fraction * dimension);
      return new Float64Array(dimension).fill(covariance.low).fill(covariance.high, dimension - high);
    }
    case 'values':
      return Float64Array.from(covariance.values);
    case 'empirical':
      throw new TypeError('the covariance of data from files is laid out with them');
  }
}

/** (i/d)^a, i = 1 … d, over its mean; increasing. The largest term is 1 before scaling, so nothing overflows. */
function powerLaw(exponent: number, dimension: number): Float64Array {
  const result = new Float64Array(dimension);
  const scale = exponent < 0 ? 1 : dimension;
  for (let i = 0; i < dimension; i++) result[i] = pow((exponent < 0 ? dimension - i : i + 1) / scale, exponent);
  const mean = sum(result) / dimension;
  for (let i = 0; i < dimension; i++) result[i] /= mean;
  return result;
}

/** Compensated (Neumaier), so that the mean is exactly 1 to rounding at any d. */
function sum(values: Float64Array): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** ⟨λ⟩ and ⟨λ²⟩ of the law that the spectrum tends to, which may be infinite; null for `values`. */
export function lawMoments(covariance: ExperimentProblem['covariance']): readonly [number, number] | null {
  switch (covariance.kind) {
    case 'identity':
      return [1, 1];
    case 'power-law': {
      const a = covariance.exponent;
      return [1, a > -0.5 ? (a + 1) ** 2 / (2 * a + 1) : Number.POSITIVE_INFINITY];
    }
    case 'marchenko-pastur':
      return [1, 1 + covariance.ratio];
    case 'two-level': {
      const { low, high, fraction } = covariance;
      return [low + fraction * (high - low), low * low + fraction * (high * high - low * low)];
    }
    case 'empirical':
    case 'values':
      return null;
  }
}
