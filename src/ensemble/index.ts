/** Ensembles: streaming means, quantiles, failures and estimates of many replicas, with their errors. */
export {
  Ensemble,
  type EnsembleInput,
  type EnsembleShape,
  type EnsembleState,
  type ReplicaFailure,
} from './ensemble.ts';
export {
  BlowUp,
  Convergence,
  Coordinates,
  Covariance,
  Distribution,
  type Estimator,
  type EstimatorSpec,
  Histogram,
  Rate,
  Tail,
} from './estimators/index.ts';
export { INTERVAL_RULES, type IntervalRule, proportionInterval } from './interval.ts';
export { LONGEST_EXACT, Quantiles, quantileOfSorted } from './quantiles.ts';
export { SKETCH_ACCURACY, Sketch } from './sketch.ts';
export { Spread } from './spread.ts';
export {
  type EnsembleCurves,
  EnsembleSummary,
  PROBABILITIES,
  type StatisticCurve,
  type SummaryState,
} from './summary.ts';
