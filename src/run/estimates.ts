/** The file's `estimates` → estimators of an ensemble, and what those found → the result. */

import { atanh, pow, tanh } from '../elementary/index.ts';
import {
  type BlowUp,
  type Convergence,
  type Coordinates,
  type Covariance,
  type Distribution,
  type EnsembleSummary,
  type Estimator,
  type EstimatorSpec,
  Histogram,
  proportionInterval,
  type Rate,
  type Tail,
} from '../ensemble/index.ts';
import { type Experiment, type ExperimentEstimate, normalQuantile, timeIndexOf, windowOf } from '../problem/index.ts';
import type { EstimateResult } from '../results/index.ts';
import { interpolationStatistics, resolveStatistic, type Statistic } from '../statistics/index.ts';
import { asksForInterpolation } from './interpolation.ts';
import type { MethodName } from './name.ts';

export interface EstimatePlan {
  /** The experiment's statistics, then those that only estimates need. */
  readonly statistics: readonly Statistic[];
  /** How many of them are the experiment's. */
  readonly curves: number;
  /** One for each of the experiment's estimates, then those of what it asks for as `predict`. */
  readonly specs: readonly EstimatorSpec[];
}

/** Statistics and estimators that the replicas of one method must be watched by. */
export function planEstimates(
  experiment: Experiment,
  times: Float64Array,
  statistics: readonly Statistic[],
): EstimatePlan {
  const all = [...statistics];
  const place = (name: string): number => {
    const known = all.findIndex((statistic) => statistic.name === name);
    return known >= 0 ? known : all.push(resolveStatistic(name)) - 1;
  };
  const specs = (experiment.estimates ?? []).map((estimate) => specOf(estimate, times, place, all));
  if (!asksForInterpolation(experiment)) return { statistics: all, curves: statistics.length, specs };
  const watched = [place('l1'), place('risk'), ...interpolationStatistics.map((statistic) => all.push(statistic) - 1)];
  const ends = watched.map((statistic) => ({
    kind: 'distribution' as const,
    statistic,
    timeIndices: [times.length - 1],
  }));
  return { statistics: all, curves: statistics.length, specs: [...specs, ...ends] };
}

function specOf(
  estimate: ExperimentEstimate,
  times: Float64Array,
  place: (name: string) => number,
  all: Statistic[],
): EstimatorSpec {
  const indexOf = (t: number) => timeIndexOf(times, t);
  const every = Array.from(times, (_, i) => i);
  switch (estimate.kind) {
    case 'distribution':
      return {
        kind: 'distribution',
        statistic: place(estimate.statistic),
        timeIndices: estimate.times?.map(indexOf) ?? every,
      };
    case 'histogram': {
      const timeIndices = estimate.times.map(indexOf);
      const statistic = place(estimate.statistic);
      // Without a range the bins follow from the values.
      if (!estimate.range) return { kind: 'distribution', statistic, timeIndices };
      const edges = edgesOf(estimate.range[0], estimate.range[1], estimate.bins, estimate.scale);
      return { kind: 'histogram', statistic, timeIndices, edges };
    }
    case 'beta-histogram': {
      const edges = edgesOf(estimate.range[0], estimate.range[1], estimate.bins, 'linear');
      const first = all.length;
      // 1 where β ≥ edge: the sign is 0 on the edge itself.
      for (const [i, edge] of edges.entries()) {
        const expression = `1 - max(0, sign((${edge}) - beta))`;
        all.push(resolveStatistic({ name: `_beta_edge_${first}_${i}`, expression }));
      }
      return {
        kind: 'coordinates',
        first,
        edges: edges.length,
        timeIndices: estimate.times.map(indexOf),
      };
    }
    case 'covariance':
      return {
        kind: 'covariance',
        pair: [place(estimate.statistics[0]), place(estimate.statistics[1])],
        timeIndices: estimate.times?.map(indexOf) ?? every,
      };
    case 'tail':
      return {
        kind: 'tail',
        statistic: place(estimate.statistic),
        timeIndex: indexOf(estimate.time),
        above: estimate.above,
      };
    case 'blow-up':
      return { kind: 'blow-up', before: estimate.before };
    case 'convergence':
      return {
        kind: 'convergence',
        statistic: place('risk'),
        times: [...times.slice(0, indexOf(estimate.time) + 1)],
        constant: estimate.constant,
        rate: estimate.rate,
      };
    case 'rate': {
      const timeIndices = windowOf(times, estimate.from, estimate.to);
      return {
        kind: 'rate',
        statistic: place(estimate.statistic),
        timeIndices,
        times: timeIndices.map((i) => times[i]),
      };
    }
  }
}

/** Ends of equal bins; the ends are exactly low and high. */
function edgesOf(low: number, high: number, bins: number, scale: 'linear' | 'log'): number[] {
  return Array.from({ length: bins + 1 }, (_, i) => {
    if (i === 0) return low;
    if (i === bins) return high;
    return scale === 'log' ? low * pow(high / low, i / bins) : low + ((high - low) * i) / bins;
  });
}

export interface Ran {
  readonly times: Float64Array;
  /** Replicas run, and how many of them diverged. */
  readonly count: number;
  readonly failed: number;
  /** What theory predicts for the risk's rate of decay; null where it says nothing. */
  readonly terminalRate: number | null;
}

/** What the estimators of a complete ensemble found, in the order of the file. */
export function estimateResults(
  name: MethodName,
  experiment: Experiment,
  summary: Pick<EnsembleSummary, 'estimators'>,
  ran: Ran,
): EstimateResult[] {
  return (experiment.estimates ?? []).map((estimate, position) =>
    resultOf({ ...name, estimate: position }, estimate, summary.estimators[position], ran),
  );
}

const orNull = (x: number) => (Number.isFinite(x) ? x : null);

function resultOf(
  where: MethodName & { readonly estimate: number },
  estimate: ExperimentEstimate,
  found: Estimator,
  ran: Ran,
): EstimateResult {
  const { times, failed } = ran;
  const at = (indices: readonly number[]) => indices.map((i) => times[i]);
  switch (estimate.kind) {
    case 'distribution': {
      const { spec, spread, quantiles } = found as Distribution;
      const { statistic, confidence, probabilities } = estimate;
      const cells = spec.timeIndices.map((_, cell) => cell);
      const numbers = quantiles.map((one) => quantilesWithIntervals(one, probabilities, confidence));
      return {
        kind: 'distribution',
        ...where,
        statistic,
        times: at(spec.timeIndices),
        mean: cells.map((cell) => (spread.count[cell] > 0 ? spread.mean[cell] : null)),
        standardError: cells.map((cell) => orNull(spread.standardError(cell))),
        variance: cells.map((cell) => orNull(spread.variance(cell))),
        quantiles: probabilities.map((probability, k) => ({
          probability,
          values: numbers.map((row) => row[k].value),
          low: numbers.map((row) => row[k].low),
          high: numbers.map((row) => row[k].high),
        })),
        confidence,
        counts: [...spread.count],
        failed,
      };
    }
    case 'histogram':
      return {
        kind: 'histogram',
        ...where,
        statistic: estimate.statistic,
        ...histogramOf(estimate, found, at),
        failed,
      };
    case 'beta-histogram': {
      const { spec, spread } = found as Coordinates;
      const width = spec.edges + 1;
      const cell = (row: number, bin: number) => row * width + bin;
      const mean = (k: number) => (spread.count[k] > 0 ? spread.mean[k] : null);
      const inner = Array.from({ length: spec.edges - 1 }, (_, j) => j + 1);
      const rows = spec.timeIndices.map((_, row) => row);
      return {
        kind: 'beta-histogram',
        ...where,
        times: at(spec.timeIndices),
        edges: edgesOf(estimate.range[0], estimate.range[1], estimate.bins, 'linear'),
        shares: rows.map((row) => inner.map((bin) => mean(cell(row, bin)))),
        standardError: rows.map((row) => inner.map((bin) => orNull(spread.standardError(cell(row, bin))))),
        below: rows.map((row) => mean(cell(row, 0))),
        above: rows.map((row) => mean(cell(row, width - 1))),
        counts: rows.map((row) => spread.count[cell(row, 0)]),
        failed,
      };
    }
    case 'covariance': {
      const estimator = found as Covariance;
      const { spec } = estimator;
      const cells = spec.timeIndices.map((_, cell) => cell);
      const intervals = cells.map((cell) =>
        fisherInterval(estimator.correlation(cell), estimator.count[cell], estimate.confidence),
      );
      return {
        kind: 'covariance',
        ...where,
        statistics: estimate.statistics,
        times: at(spec.timeIndices),
        covariance: cells.map((cell) => orNull(estimator.covariance(cell))),
        correlation: cells.map((cell) => orNull(estimator.correlation(cell))),
        low: intervals.map(([low]) => orNull(low)),
        high: intervals.map(([, high]) => orNull(high)),
        confidence: estimate.confidence,
        counts: [...estimator.count],
        failed,
      };
    }
    case 'tail': {
      const { hits, count } = found as Tail;
      const { statistic, above, time } = estimate;
      return { kind: 'tail', ...where, statistic, time, above, ...probabilityOf(hits, count, failed, estimate) };
    }
    case 'blow-up': {
      const { before } = estimate;
      return {
        kind: 'blow-up',
        ...where,
        before,
        ...probabilityOf((found as BlowUp).hits, ran.count, failed, estimate),
      };
    }
    case 'convergence': {
      const { hits, count } = found as Convergence;
      const { constant, rate, time } = estimate;
      return { kind: 'convergence', ...where, constant, rate, time, ...probabilityOf(hits, count, failed, estimate) };
    }
    case 'rate':
      return { kind: 'rate', ...where, ...rateOf(estimate, found as Rate, ran) };
  }
}

function probabilityOf(
  hits: number,
  count: number,
  failed: number,
  { confidence, interval: rule }: Extract<ExperimentEstimate, { interval: unknown }>,
) {
  const interval = proportionInterval(hits, count, confidence, rule);
  return { hits, count, failed, probability: count > 0 ? hits / count : null, interval, rule, confidence };
}

/**
 * Quantiles with intervals from the order statistics (the number of values below a quantile is binomial, taken as normal); null where
 * the interval would reach beyond the smallest or largest value.
 */
function quantilesWithIntervals(
  quantiles: Distribution['quantiles'][number],
  p: readonly number[],
  confidence: number,
) {
  const n = quantiles.count;
  const z = -normalQuantile((1 - confidence) / 2);
  const ends = p.map((q) => {
    const half = z * Math.sqrt((q * (1 - q)) / n);
    return [q - half, q + half];
  });
  const inside = (q: number) => q >= 0.5 / n && q <= 1 - 0.5 / n;
  const wanted = [...new Set([...p, ...ends.flat().filter(inside)])].sort((a, b) => a - b);
  const values = quantiles.at(wanted);
  const valueAt = (q: number) => (n > 0 && wanted.includes(q) ? orNull(values[wanted.indexOf(q)]) : null);
  return p.map((q, k) => ({ value: valueAt(q), low: valueAt(ends[k][0]), high: valueAt(ends[k][1]) }));
}

function histogramOf(
  estimate: Extract<ExperimentEstimate, { kind: 'histogram' }>,
  found: Estimator,
  at: (indices: readonly number[]) => number[],
) {
  const { bins, scale, range } = estimate;
  if (found instanceof Histogram) {
    const { spec, counts, below, above } = found;
    const rows = spec.timeIndices.map((_, row) => [...counts.slice(row * bins, (row + 1) * bins)]);
    return {
      times: at(spec.timeIndices),
      edges: rows.map(() => edgesOf(range![0], range![1], bins, scale)),
      hits: rows,
      below: [...below],
      above: [...above],
      counts: rows.map((row, k) => row.reduce((a, b) => a + b, 0) + below[k] + above[k]),
    };
  }
  const { spec, quantiles } = found as Distribution;
  const filled = quantiles.map((one) => binned(one.points(), bins, scale));
  return {
    times: at(spec.timeIndices),
    edges: filled.map(({ edges }) => edges),
    hits: filled.map(({ hits }) => hits),
    below: filled.map(({ below }) => below),
    above: filled.map(() => 0),
    counts: quantiles.map((one) => one.count),
  };
}

/** Values with multiplicities in bins from the smallest to the largest; on a log scale from the smallest positive one. */
function binned(points: readonly (readonly [number, number])[], bins: number, scale: 'linear' | 'log') {
  const hits = new Array<number>(bins).fill(0);
  const usable = scale === 'log' ? points.filter(([value]) => value > 0) : points;
  const below = points.slice(0, points.length - usable.length).reduce((sum, [, n]) => sum + n, 0);
  if (usable.length === 0) return { edges: edgesOf(1, 2, bins, scale), hits, below };
  let [low] = usable[0];
  let [high] = usable[usable.length - 1];
  if (!(high > low)) {
    // One value: a bin of its own around it.
    const half = Math.abs(low) * 1e-3 || 0.5;
    [low, high] = [low - half, high + half];
  }
  const edges = edgesOf(low, high, bins, scale);
  let bin = 0;
  for (const [value, n] of usable) {
    while (bin < bins - 1 && value >= edges[bin + 1]) bin++;
    hits[bin] += n;
  }
  return { edges, hits, below };
}

/** Interval of a correlation by Fisher's z = artanh r, of standard error 1/√(n − 3). */
function fisherInterval(r: number, n: number, confidence: number): [number, number] {
  if (n <= 3 || !Number.isFinite(r)) return [Number.NaN, Number.NaN];
  const half = -normalQuantile((1 - confidence) / 2) / Math.sqrt(n - 3);
  return [tanh(atanh(r) - half), tanh(atanh(r) + half)];
}

const RATE_PROBABILITIES = [0.1, 0.25, 0.5, 0.75, 0.9];

function rateOf(
  { statistic, confidence, from, to }: Extract<ExperimentEstimate, { kind: 'rate' }>,
  { spread, quantiles, unfitted }: Rate,
  { failed, terminalRate }: Ran,
) {
  const [count] = spread.count;
  const [mean] = spread.mean;
  const error = spread.standardError(0);
  const half = -normalQuantile((1 - confidence) / 2) * error;
  const values = quantiles.at(RATE_PROBABILITIES);
  const ofRisk = statistic === 'risk' || statistic === 'excessRisk';
  return {
    statistic,
    from,
    to,
    mean: count > 0 ? mean : null,
    standardError: orNull(error),
    standardDeviation: orNull(spread.standardDeviation(0)),
    interval: Number.isFinite(half) ? ([mean - half, mean + half] as [number, number]) : null,
    quantiles: count > 0 ? RATE_PROBABILITIES.map((probability, k) => ({ probability, value: values[k] })) : [],
    predicted: ofRisk ? terminalRate : null,
    unfitted,
    confidence,
    count,
    failed,
  };
}
