/** Running mean, variance and quantiles of every statistic at every save time. */
import { type Estimator, type EstimatorSpec, estimatorOf } from './estimators/index.ts';
import { LONGEST_EXACT, Quantiles, type QuantilesState } from './quantiles.ts';
import { Spread, type SpreadState } from './spread.ts';

/** The probabilities whose quantiles are kept. */
export const PROBABILITIES: readonly number[] = [0.1, 0.9];

/** Values kept exactly over all times and statistics together (128 MiB). */
const EXACT_BUDGET = 2 ** 24;

/** One statistic over all save times; NaN where there is no value (no replica left, or one whose value is not a number). */
export interface StatisticCurve {
  readonly mean: Float64Array;
  /** Standard error of the mean, √(variance/n) with the unbiased variance; NaN for fewer than two replicas. */
  readonly standardError: Float64Array;
  readonly q10: Float64Array;
  readonly q90: Float64Array;
  /** Replicas alive at each time whose value is not a finite number: where there is one, the average is none either. */
  readonly undefinedValues: Int32Array;
}

/** Curves of an ensemble over its save times, from replicas alive at each. */
export interface EnsembleCurves {
  /** In the order of the statistics asked for. */
  readonly statistics: readonly StatisticCurve[];
  /** Replicas that the averages at each save time are over (those not failed by then). */
  readonly counts: Int32Array;
}

/** A summary as it goes into a file. */
export interface SummaryState {
  readonly spread: SpreadState;
  readonly quantiles: readonly QuantilesState[];
  readonly alive: readonly number[];
  readonly undefinedValues: readonly number[];
  /** One of each estimator, as it writes itself. */
  readonly estimators: readonly unknown[];
}

/** Values a cell that are kept exactly. */
function exactLimit(cells: number): number {
  return Math.max(16, Math.min(LONGEST_EXACT, Math.floor(EXACT_BUDGET / Math.max(1, cells))));
}

/** The part of a summary that depends on order, or on failures that may still be reported. */
export interface Settled {
  readonly spread: Spread;
  /** Replicas alive at each time. */
  readonly alive: Int32Array;
  /** Alive replicas whose value was not finite, a cell: its average is then not a number either. */
  readonly undefinedValues: Int32Array;
}

/**
 * What is kept of an ensemble: [time][statistic] cells. Memory does not grow with the number of replicas beyond the exact
 * quantiles' limit (4096 values a cell, fewer where there are more than 4096 cells).
 */
export class EnsembleSummary implements Settled {
  readonly times: number;
  readonly statistics: number;
  readonly spread: Spread;
  readonly quantiles: readonly Quantiles[];
  readonly alive: Int32Array;
  readonly undefinedValues: Int32Array;
  /** What is estimated besides the curves. */
  readonly estimators: readonly Estimator[];

  /** `times` save times, curves of `statistics` of them, and further estimators. */
  constructor(times: number, statistics: number, specs: readonly EstimatorSpec[] = []) {
    const cells = times * statistics;
    const limit = exactLimit(cells);
    this.times = times;
    this.statistics = statistics;
    this.spread = new Spread(cells);
    this.quantiles = Array.from({ length: cells }, () => new Quantiles(limit));
    this.alive = new Int32Array(times);
    this.undefinedValues = new Int32Array(cells);
    this.estimators = specs.map(estimatorOf);
  }

  /** Takes in another over disjoint replicas: counts exactly, means to rounding, quantiles exactly or within the sketch's bound. */
  merge(other: EnsembleSummary): void {
    if (other.times !== this.times || other.statistics !== this.statistics) {
      throw new Error(
        `ensembles of ${this.times} times × ${this.statistics} statistics and of ${other.times} × ${other.statistics} cannot be merged; both must come from the same experiment`,
      );
    }
    this.spread.merge(other.spread);
    this.quantiles.forEach((quantiles, cell) => {
      quantiles.merge(other.quantiles[cell]);
    });
    for (let k = 0; k < this.alive.length; k++) this.alive[k] += other.alive[k];
    for (let i = 0; i < this.undefinedValues.length; i++) this.undefinedValues[i] += other.undefinedValues[i];
    this.estimators.forEach((estimator, k) => {
      estimator.merge(other.estimators[k].state());
    });
  }

  /** Everything, as plain JSON data: numbers keep every digit. */
  state(): SummaryState {
    return {
      spread: this.spread.state(),
      quantiles: this.quantiles.map((quantiles) => quantiles.state()),
      alive: [...this.alive],
      undefinedValues: [...this.undefinedValues],
      estimators: this.estimators.map((estimator) => estimator.state()),
    };
  }

  /** The summary of a state that came from one of the same shape. */
  static of(state: SummaryState, times: number, statistics: number, specs: readonly EstimatorSpec[]): EnsembleSummary {
    const summary = new EnsembleSummary(times, statistics, specs);
    const cells = times * statistics;
    const sizes = [state.quantiles.length, state.spread.count.length, state.undefinedValues.length];
    if (state.alive.length !== times || sizes.some((size) => size !== cells)) {
      throw new RangeError(
        `an ensemble of ${times} times × ${statistics} statistics has ${cells} cells; found ${sizes.join(', ')}`,
      );
    }
    if (state.estimators.length !== specs.length) {
      throw new RangeError(`an ensemble of ${specs.length} estimators; found ${state.estimators.length}`);
    }
    const limit = exactLimit(cells);
    summary.alive.set(state.alive);
    summary.undefinedValues.set(state.undefinedValues);
    const quantiles = state.quantiles.map((one, cell) => {
      const values = summary.alive[Math.floor(cell / statistics)] - summary.undefinedValues[cell];
      const wrong = (found: number) =>
        new RangeError(`the quantiles of cell ${cell} must be of ${values} values; found ${found}`);
      if (Array.isArray(one) && one.length !== values) throw wrong(one.length);
      const read = Quantiles.of(one, limit);
      if (read.count !== values) throw wrong(read.count);
      return read;
    });
    Object.assign(summary, { spread: Spread.of(state.spread), quantiles });
    summary.estimators.forEach((estimator, k) => {
      estimator.merge(state.estimators[k]);
    });
    return summary;
  }

  /** The reader may stand in for `spread`, `alive` and `undefinedValues` with what has not settled yet. */
  curves({ spread, alive, undefinedValues }: Settled = this): EnsembleCurves {
    const { times, statistics } = this;
    const curves = Array.from({ length: statistics }, (_, k) => {
      const curve = {
        mean: new Float64Array(times).fill(Number.NaN),
        standardError: new Float64Array(times).fill(Number.NaN),
        q10: new Float64Array(times).fill(Number.NaN),
        q90: new Float64Array(times).fill(Number.NaN),
        undefinedValues: Int32Array.from({ length: times }, (_, t) => undefinedValues[t * statistics + k]),
      };
      for (let t = 0; t < times; t++) {
        const cell = t * statistics + k;
        const n = spread.count[cell];
        if (n === 0 || undefinedValues[cell] > 0) continue;
        curve.mean[t] = spread.mean[cell];
        if (n > 1) curve.standardError[t] = spread.standardError(cell);
        [curve.q10[t], curve.q90[t]] = this.quantiles[cell].at(PROBABILITIES);
      }
      return curve;
    });
    return { statistics: curves, counts: alive.slice() };
  }
}
