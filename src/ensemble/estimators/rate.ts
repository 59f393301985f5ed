/** The rate of exponential decay of each replica by itself: minus the slope of log x(t) over a window, by least squares. */
import { log } from '../../elementary/index.ts';
import { Quantiles, type QuantilesState } from '../quantiles.ts';
import { Spread, type SpreadState } from '../spread.ts';
import { countOf, numbersOf } from '../state.ts';
import { type Estimator, floatsOf, type Replicas, replicasOf } from './estimator.ts';

export interface RateSpec {
  readonly kind: 'rate';
  /** Place of x in the row. */
  readonly statistic: number;
  /** Save times of the window, by index and in units of d steps; two at least. */
  readonly timeIndices: readonly number[];
  readonly times: readonly number[];
  /** Values that are not larger say how the engine rounds, and nothing else. Default: 0. */
  readonly floor?: number;
}

interface State {
  readonly spread: SpreadState;
  readonly quantiles: QuantilesState;
  readonly unfitted: number;
}

/** A replica in flight: log x at the places of the window that have come, NaN where x is not above the floor. */
interface Path {
  seen: number;
  readonly logs: Float64Array;
}

/**
 * One rate a replica that reached the end of the window. Values ≤ 0 have no logarithm, those below the rounding floor no meaning: both
 * are left out; a replica with fewer than two others is counted as unfitted.
 */
export class Rate implements Estimator<State> {
  readonly spread = new Spread(1);
  readonly quantiles = new Quantiles();
  unfitted = 0;
  readonly #paths = new Map<number, Path>();
  readonly #failed = new Set<number>();
  readonly #place: ReadonlyMap<number, number>;

  constructor(readonly spec: RateSpec) {
    this.#place = new Map(spec.timeIndices.map((timeIndex, k) => [timeIndex, k]));
  }

  add(timeIndex: number, replica: number, row: Float64Array): void {
    const place = this.#place.get(timeIndex);
    if (place === undefined || this.#failed.has(replica)) return;
    let path = this.#paths.get(replica);
    if (path === undefined) {
      path = { seen: 0, logs: new Float64Array(this.#place.size) };
      this.#paths.set(replica, path);
    }
    const value = row[this.spec.statistic];
    path.logs[place] = value > (this.spec.floor ?? 0) && value < Number.POSITIVE_INFINITY ? log(value) : Number.NaN;
    if (++path.seen < this.#place.size) return;
    this.#paths.delete(replica);
    // In the order of times, whatever that of arrival: the same to the last bit.
    const rate = slope(this.spec.times, path.logs);
    if (rate === null) {
      this.unfitted++;
      return;
    }
    this.spread.add(0, -rate);
    this.quantiles.add(-rate);
  }

  fail(replica: number, time: number): void {
    // What fails after the window has its rate, or will have it.
    const { times } = this.spec;
    if (time > times[times.length - 1]) return;
    this.#failed.add(replica);
    this.#paths.delete(replica);
  }

  state(): State {
    return { spread: this.spread.state(), quantiles: this.quantiles.state(), unfitted: this.unfitted };
  }

  merge({ spread, quantiles, unfitted }: State): void {
    this.spread.merge(Spread.read(spread, 1));
    this.quantiles.merge(Quantiles.of(quantiles));
    this.unfitted += countOf(unfitted, 'unfitted');
  }

  inFlight(): InFlight {
    const size = this.#place.size;
    const logs = new Float64Array(this.#paths.size * size);
    [...this.#paths.values()].forEach((path, k) => {
      logs.set(path.logs, k * size);
    });
    const seen = Array.from(this.#paths.values(), (path) => path.seen);
    return { failed: [...this.#failed], replicas: [...this.#paths.keys()], seen, logs };
  }

  takeUp(inFlight: Partial<InFlight>, all: Replicas): void {
    const size = this.#place.size;
    const replicas = replicasOf(inFlight?.replicas, 'replicas', all);
    const seen = numbersOf(inFlight?.seen, replicas.length, 'seen');
    const logs = floatsOf(inFlight?.logs, replicas.length * size, 'logs');
    for (const replica of replicasOf(inFlight?.failed, 'failed', all)) this.#failed.add(replica);
    replicas.forEach((replica, k) => {
      this.#paths.set(replica, { seen: seen[k], logs: logs.slice(k * size, (k + 1) * size) });
    });
  }
}

interface InFlight {
  readonly failed: readonly number[];
  readonly replicas: readonly number[];
  readonly seen: readonly number[];
  /** [replica][place]. */
  readonly logs: Float64Array;
}

/** Least-squares slope of y over t where y is a number; null for fewer than two. */
function slope(t: readonly number[], y: Float64Array): number | null {
  let n = 0;
  let sumT = 0;
  let sumY = 0;
  for (let k = 0; k < y.length; k++) {
    if (Number.isNaN(y[k])) continue;
    n++;
    sumT += t[k];
    sumY += y[k];
  }
  if (n < 2) return null;
  let above = 0;
  let below = 0;
  for (let k = 0; k < y.length; k++) {
    if (Number.isNaN(y[k])) continue;
    above += (t[k] - sumT / n) * (y[k] - sumY / n);
    below += (t[k] - sumT / n) ** 2;
  }
  return above / below;
}
