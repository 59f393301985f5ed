/**
 * diagflow as a library: an experiment → a result (`parseExperiment`, `runExperiment`), and what that is made of. Importing it runs
 * nothing; engines, PDE and plots are loaded or started when they are called for.
 */
export type { CpuOptions, PoolOptions } from './cpu/index.ts';
export { createCpuEngine, createReferenceEngine, WorkerCrashError } from './cpu/index.ts';
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
  type ExperimentMethod,
  type ExperimentProblem,
  type ExperimentStatistic,
  experimentJsonSchema,
  type FeatureLaw,
  marchenkoPasturDensity,
  marchenkoPasturDistribution,
  marchenkoPasturQuantile,
  type Parametrization,
  type Problem,
  type StepSize,
  saveTimes,
  sgdAlgorithm,
  stepSizeAt,
  stepSizeIntegral,
} from './problem/index.ts';
export { type LimitClass, type LimitLaw, lawOfClasses, limitLaw } from './problem/limit/index.ts';
export {
  type Adapter,
  type Backend,
  type Curve,
  type EventKind,
  formatTable,
  type MethodKind,
  type Prediction,
  type Provenance,
  parseResult,
  parseResultText,
  plotSvg,
  type Result,
  ResultError,
  type ResultEvent,
  resultJsonSchema,
  toCsv,
} from './results/index.ts';
export {
  type BackendChoice,
  type BackendOptions,
  BackendUnavailable,
  type MethodName,
  type Opened,
  openBackend,
  parseExperiment,
  parseExperimentText,
  type RunEvent,
  type RunOptions,
  runExperiment,
  VERSION,
} from './run/index.ts';
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
