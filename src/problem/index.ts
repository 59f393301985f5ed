/** Experiment file → validated problem. */
export {
  type BridgeBlocks,
  bridgeBlocks,
  hasFastSde,
  hasFastSgd,
  LARGEST_PLAIN_DIMENSION,
  sgdAlgorithm,
  stepsPerPass,
} from './algorithm.ts';
export { buildProblem } from './build.ts';
export { type DistinctCoordinates, distinctCoordinates, hyperbolicStart } from './coordinates.ts';
export { ExperimentError } from './errors.ts';
export {
  type Experiment,
  type ExperimentEstimate,
  type ExperimentInput,
  type ExperimentMethod,
  type ExperimentMethodKind,
  type ExperimentProblem,
  type ExperimentStatistic,
  LONGEST_TEXT,
  type ParseOptions,
  parseExperiment,
  parseExperimentText,
} from './experiment.ts';
export { at, type FieldPath, parsePath, replaced } from './fieldpath.ts';
export { curvatureFactor, gain, toP, toQ, toU, toV } from './hyperbolic.ts';
export { FILE_LIMITS } from './json.ts';
export { type Draws, randomLayout } from './layout/random.ts';
export { marchenkoPasturDensity, marchenkoPasturDistribution, marchenkoPasturQuantile } from './marchenkopastur.ts';
export { normalQuantile } from './normalquantile.ts';
export type { DeepReadonly } from './readonly.ts';
export { breakpoints, normalizeParametrization, normalizeStepSize, stepSizeAt, stepSizeIntegral } from './schedule.ts';
export { MOST_DENSITY_CLASSES, mostAtoms } from './schema/densities.ts';
export { type ResolvedUntil, timeIndexOf, windowOf } from './schema/estimates.ts';
export { experimentJsonSchema, experimentSchema } from './schema/experiment.ts';
export { MOST_METHODS } from './schema/methods.ts';
export { MOST_NAMED } from './schema/size.ts';
export { STATISTIC_NAMES, statisticNamesOf } from './schema/statistics.ts';
export { sweepJsonSchema } from './schema/sweep.ts';
export {
  type Axis,
  type ParsedSweep,
  parseSweep,
  parseSweepText,
  pointsOf,
  type Sweep,
  type SweepInput,
} from './sweep.ts';
export { type TimeGrid, timeGrid } from './timegrid.ts';
export { lastTime, saveTimes, sgdSteps } from './times.ts';
export type { Dataset, FeatureLaw, FiniteData, Momentum, Parametrization, Problem, StepSize } from './types.ts';
