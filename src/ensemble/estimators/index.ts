/** Estimators by kind. */
import { BlowUp, type BlowUpSpec } from './blowup.ts';
import { Convergence, type ConvergenceSpec } from './convergence.ts';
import { Coordinates, type CoordinatesSpec } from './coordinates.ts';
import { Covariance, type CovarianceSpec } from './covariance.ts';
import { Distribution, type DistributionSpec } from './distribution.ts';
import type { Estimator } from './estimator.ts';
import { Histogram, type HistogramSpec } from './histogram.ts';
import { Rate, type RateSpec } from './rate.ts';
import { Tail, type TailSpec } from './tail.ts';

export type EstimatorSpec =
  | TailSpec
  | BlowUpSpec
  | ConvergenceSpec
  | DistributionSpec
  | HistogramSpec
  | CoordinatesSpec
  | CovarianceSpec
  | RateSpec;

export type { Estimator };
export { BlowUp, Convergence, Coordinates, Covariance, Distribution, Histogram, Rate, Tail };

export function estimatorOf(spec: EstimatorSpec): Estimator {
  switch (spec.kind) {
    case 'tail':
      return new Tail(spec);
    case 'blow-up':
      return new BlowUp(spec);
    case 'convergence':
      return new Convergence(spec);
    case 'distribution':
      return new Distribution(spec);
    case 'histogram':
      return new Histogram(spec);
    case 'coordinates':
      return new Coordinates(spec);
    case 'covariance':
      return new Covariance(spec);
    case 'rate':
      return new Rate(spec);
  }
}
