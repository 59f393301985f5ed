/** Results: the format, CSV, the table and plots. */
export { buildResult, type CurveSource, deterministicCurves, ensembleCurves, type ResultParts } from './build.ts';
export { toCsv } from './csv.ts';
export type { DensityResult } from './densities.ts';
export type { EstimateResult } from './estimates.ts';
export {
  type Adapter,
  BACKENDS,
  type Backend,
  type Curve,
  type EventKind,
  type InterpolationResult,
  isBelowFloor,
  type LayoutGap,
  type MethodKind,
  methodName,
  type Numbers,
  type Prediction,
  type Provenance,
  type Result,
  type ResultEvent,
  type ResultInput,
  resultJsonSchema,
  resultSchema,
} from './format.ts';
export type { Figure } from './plot/figure.ts';
export { PlotError, type PlotOptions } from './plot/figures.ts';
export { plotSvg } from './plot/result.ts';
export { sweepSvg } from './plot/sweep.ts';
export { LONGEST_RESULT, parseResult, parseResultText, ResultError } from './read.ts';
export { type Runtime, type Runtimes, runtimeFields, runtimeSchema, withOthers } from './runtime.ts';
export {
  type Mean,
  SWEEP_FORMAT,
  SWEEP_VERSION,
  type SweepMethod,
  type SweepPoint,
  type SweepResult,
  sweepCsv,
  sweepPointSchema,
} from './sweep.ts';
export { formatTable } from './table.ts';
export { WIDTH, wrap } from './wrap.ts';
