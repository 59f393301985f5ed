/** The rate of exponential decay of each replica by itself: minus the slope of log x(t) over a window, by least squares. */
import { Quantiles, type QuantilesState } from '../quantiles.ts';
import { Spread, type SpreadState } from '../spread.ts';
import { type Estimator, numberOf, numbersOf } from './estimator.ts';

export interface RateSpec {
  readonly kind: 'rate';
  /** Place of x in the row. */
  readonly statistic: number;
  /** Save times of the window, by index and in units of d steps; two at least. */
  readonly timeIndices: readonly number[];
  readonly times: readonly number[];
}

interface State {
  readonly spread: SpreadState;
  readonly quantiles: QuantilesState;
  readonly unfitted: number;
}

/** Sums of a least-squares line, t counted from the start of the window. */
interface Fit {
  seen: number;
  n: number;
  t: number;
  tt: number;
  y: number;
  ty: number;
}

/**
 * One rate a replica that reached the end of the window. Values ≤ 0 have no logarithm and are left out; a replica with fewer than two
 * others is counted as unfitted.
 */
export class Rate implements Estimator<State> {
  readonly spread = new Spread(1);
  readonly quantiles = new Quantiles();
  unfitted = 0;
  readonly #fits = new Map<number, Fit>();
  readonly #failed = new Set<number>();
  readonly #place: ReadonlyMap<number, number>;

  constructor(readonly spec: RateSpec) {
    this.#place = new Map(spec.timeIndices.map((timeIndex, k) => [timeIndex, k]));
  }

  add(timeIndex: number, replica: number, row: Float64Array): void {
    const place = this.#place.get(timeIndex);
    if (place === undefined || this.#failed.has(replica)) return;
    let fit = this.#fits.get(replica);
    if (fit === undefined) {
      fit = { seen: 0, n: 0, t: 0, tt: 0, y: 0, ty: 0 };
      this.#fits.set(replica, fit);
    }
    const value = row[this.spec.statistic];
    if (value > 0 && value < Number.POSITIVE_INFINITY) {
      const { times } = this.spec;
      const t = times[place] - times[0];
      const y = Math.log(value);
      fit.n++;
      fit.t += t;
      fit.tt += t * t;
      fit.y += y;
      fit.ty += t * y;
    }
    if (++fit.seen < this.#place.size) return;
    this.#fits.delete(replica);
    if (fit.n < 2) {
      this.unfitted++;
      return;
    }
    const rate = -(fit.n * fit.ty - fit.t * fit.y) / (fit.n * fit.tt - fit.t * fit.t);
    this.spread.add(0, rate);
    this.quantiles.add(rate);
  }

  fail(replica: number, time: number): void {
    // What fails after the window has its rate, or will have it.
    const { times } = this.spec;
    if (time >= times[times.length - 1]) return;
    this.#failed.add(replica);
    this.#fits.delete(replica);
  }

  state(): State {
    return { spread: this.spread.state(), quantiles: this.quantiles.state(), unfitted: this.unfitted };
  }

  merge({ spread, quantiles, unfitted }: State): void {
    this.spread.merge(
      Spread.of({
        count: numbersOf(spread?.count, 1, 'spread.count'),
        mean: numbersOf(spread?.mean, 1, 'spread.mean'),
        squares: numbersOf(spread?.squares, 1, 'spread.squares'),
      }),
    );
    this.quantiles.merge(Quantiles.of(quantiles));
    this.unfitted += numberOf(unfitted, 'unfitted');
  }
}
