/** Numbers of a run → the result format. */
import type { EnsembleCurves } from '../ensemble/index.ts';
import type { Experiment } from '../problem/index.ts';
import type { DensityResult } from './densities.ts';
import type { EstimateResult } from './estimates.ts';
import {
  type Curve,
  type InterpolationResult,
  type LayoutGap,
  type MethodKind,
  type Numbers,
  type Prediction,
  type Provenance,
  RESULT_FORMAT,
  RESULT_VERSION,
  type Result,
  type ResultEvent,
} from './format.ts';

export interface CurveSource {
  readonly method: MethodKind;
  /** Position in `methods`. */
  readonly index: number;
  /** Names, in the order of the numbers. */
  readonly statistics: readonly string[];
  readonly times: ArrayLike<number>;
  /** The rounding floor of each statistic, 0 for none. */
  readonly floors?: ArrayLike<number>;
}

/** NaN and infinities have no place in JSON. */
function finite(values: ArrayLike<number>): Numbers {
  return Array.from(values, (x) => (Number.isFinite(x) ? x : null));
}

function finiteOrNull(x: number | null): number | null {
  return x !== null && Number.isFinite(x) ? x : null;
}

/** Curves of an ensemble of `count` replicas, of which `failed` diverged. */
export function ensembleCurves(source: CurveSource, ensemble: EnsembleCurves, count: number, failed: number): Curve[] {
  return source.statistics.map((statistic, k) => {
    const { mean, standardError, q10, q90 } = ensemble.statistics[k];
    return {
      method: source.method,
      index: source.index,
      statistic,
      times: Array.from(source.times),
      mean: finite(mean),
      standardError: finite(standardError),
      quantiles: { '0.1': finite(q10), '0.9': finite(q90) },
      count,
      failed,
      counts: Array.from(ensemble.counts),
      floor: source.floors?.[k] || null,
    };
  });
}

/** Curves of the PDE or the flow: `values` is [time][statistic], row-major, NaN from a blow-up on; `errors` [statistic][time]. */
export function deterministicCurves(
  source: CurveSource,
  values: Float64Array,
  errors?: readonly Float64Array[],
): Curve[] {
  const { statistics, times } = source;
  return statistics.map((statistic, k) => ({
    method: source.method,
    index: source.index,
    statistic,
    times: Array.from(times),
    mean: finite(Array.from(times, (_, t) => values[t * statistics.length + k])),
    standardError: null,
    quantiles: null,
    count: 1,
    failed: 0,
    ...(errors && { error: finite(errors[k]) }),
    floor: source.floors?.[k] || null,
  }));
}

export interface ResultParts {
  readonly experiment: Experiment;
  readonly provenance: Provenance;
  readonly curves: readonly Curve[];
  readonly estimates?: readonly EstimateResult[];
  readonly densities?: readonly DensityResult[];
  readonly layout?: readonly LayoutGap[];
  readonly interpolation?: readonly InterpolationResult[];
  readonly events: readonly ResultEvent[];
  readonly prediction: Prediction | null;
}

/** Puts a result together in the format's field order; every number in it is finite or null. */
export function buildResult(parts: ResultParts): Result {
  const { experiment, provenance, curves, estimates, densities, layout, interpolation, events, prediction } = parts;
  return {
    format: RESULT_FORMAT,
    version: RESULT_VERSION,
    experiment,
    provenance,
    curves,
    ...(estimates === undefined ? {} : { estimates }),
    ...(densities === undefined ? {} : { densities }),
    ...(layout === undefined ? {} : { layout }),
    ...(interpolation === undefined ? {} : { interpolation }),
    events: events.map((event) => ({ ...event, time: finiteOrNull(event.time) })),
    prediction: prediction && {
      terminalRate: finiteOrNull(prediction.terminalRate),
      criticalStepSize: finiteOrNull(prediction.criticalStepSize),
    },
  };
}
