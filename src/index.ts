/**
 * diagflow as a library: an experiment → a result (`parseExperiment`, `runExperiment`), and what that is made of. Importing it runs
 * nothing; engines and PDE are loaded or started when they are called for. Pictures are in ./plot.ts.
 */
export type { CpuOptions, PoolOptions } from './cpu/index.ts';
export { createCpuEngine, createReferenceEngine, WorkerCrashError, WorkerStartError } from './cpu/index.ts';
export {
  Ensemble,
  type EnsembleCurves,
  type EnsembleInput,
  type EnsembleShape,
  type ReplicaFailure,
} from './ensemble/index.ts';
export {
  buildProblem,
  type Experiment,
  ExperimentError,
  type ExperimentInput,
  type ExperimentMethod,
  type ExperimentProblem,
  type ExperimentStatistic,
  experimentJsonSchema,
  type FeatureLaw,
  marchenkoPasturDensity,
  marchenkoPasturDistribution,
  marchenkoPasturQuantile,
  type Parametrization,
  type ParsedSweep,
  type Problem,
  type StepSize,
  type Sweep,
  type SweepInput,
  saveTimes,
  sgdAlgorithm,
  stepSizeAt,
  stepSizeIntegral,
} from './problem/index.ts';
export {
  type Adapter,
  type Backend,
  type Curve,
  type EstimateResult,
  type EventKind,
  formatTable,
  type MethodKind,
  type Prediction,
  type Provenance,
  parseResult,
  parseResultText,
  type Result,
  ResultError,
  type ResultEvent,
  type ResultInput,
  type Runtime,
  resultJsonSchema,
  toCsv,
} from './results/index.ts';
export {
  type BackendChoice,
  type BackendOptions,
  BackendUnavailable,
  describeRuntime,
  type Labelled,
  MergeError,
  type MethodCost,
  type MethodName,
  mergeShards,
  mergeSweeps,
  methodCosts,
  type Opened,
  openBackend,
  type RunEvent,
  type RunOptions,
  runExperiment,
  runSweep,
  type Shard,
  type ShardFile,
  type SweepEvent,
  type SweepOptions,
  VERSION,
} from './run/index.ts';
export {
  parseExperiment as parseExperimentJson,
  parseExperimentText,
  parseSweep as parseSweepJson,
  parseSweepText,
} from './run/parse.ts';
export { parseExperiment, parseSweep } from './run/typed.ts';
export {
  describeStatistic,
  type EngineEvent,
  type EnsembleEngine,
  type EnsembleRequest,
  type RiskPath,
  resolveStatistics,
  type SdeRequest,
  type SdeScheme,
  type SgdRequest,
  type Statistic,
  type StatisticSpec,
} from './statistics/index.ts';
export {
  type FlowOptions,
  type FlowSolution,
  type FluctuationOptions,
  type PdeEvent,
  type PdeOptions,
  type PdeSolution,
  type RiskFluctuation,
  riskFluctuation,
  solveFlow,
  solvePde,
} from './theory/index.ts';
export { type LimitClass, type LimitLaw, lawOfClasses, limitLaw } from './theory/law/index.ts';
