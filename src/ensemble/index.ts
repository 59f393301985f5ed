/** Ensembles: streaming mean, standard error, quantiles and failures of many replicas. */
export { Ensemble, type EnsembleInput, type EnsembleShape, type ReplicaFailure } from './ensemble.ts';
export { LONGEST_EXACT, Quantiles, quantileOfSorted } from './quantiles.ts';
export { SKETCH_ACCURACY, Sketch } from './sketch.ts';
export { type EnsembleCurves, EnsembleSummary, PROBABILITIES, type StatisticCurve } from './summary.ts';
