/** P(R(t) ≤ C e^{−ct} R(0) at every save time t ≤ T), by counting. */
import { exp } from '../../elementary/index.ts';
import { hitsOf, numbersOf } from '../state.ts';
import { type Estimator, floatsOf, type Replicas, replicasOf } from './estimator.ts';

export interface ConvergenceSpec {
  readonly kind: 'convergence';
  /** Place of R in the row. */
  readonly statistic: number;
  /** Save times 0, …, T. */
  readonly times: readonly number[];
  /** C ≥ 1 and c > 0. */
  readonly constant: number;
  readonly rate: number;
  /** Smaller values than this cannot be told from it: a bound below it is met by all that are no larger. Default: 0. */
  readonly floor?: number;
}

interface State {
  readonly hits: number;
  readonly count: number;
}

/** R(0), or Infinity until it has come; whether it was exceeded; what must still be compared. */
interface Path {
  start: number;
  seen: number;
  readonly early: { readonly timeIndex: number; readonly value: number }[];
  exceeded: boolean;
}

interface InFlight {
  readonly failed: readonly number[];
  readonly replicas: readonly number[];
  readonly seen: readonly number[];
  readonly exceeded: readonly number[];
  readonly starts: Float64Array;
  /** How many early values each has, and all of them. */
  readonly early: readonly number[];
  readonly timeIndices: readonly number[];
  readonly values: Float64Array;
}

/** A replica that diverges before T does not converge; one whose R is not a number counts as exceeding. */
export class Convergence implements Estimator<State> {
  hits = 0;
  count = 0;
  readonly #paths = new Map<number, Path>();
  readonly #failed = new Set<number>();
  readonly #bounds: Float64Array;

  constructor(readonly spec: ConvergenceSpec) {
    this.#bounds = Float64Array.from(spec.times, (t) => spec.constant * exp(-spec.rate * t));
  }

  add(timeIndex: number, replica: number, row: Float64Array): void {
    if (timeIndex >= this.#bounds.length || this.#failed.has(replica)) return;
    const value = row[this.spec.statistic];
    let path = this.#paths.get(replica);
    if (path === undefined) {
      path = { start: Number.NaN, seen: 0, early: [], exceeded: false };
      this.#paths.set(replica, path);
    }
    path.seen++;
    if (timeIndex === 0) {
      path.start = value;
      for (const one of path.early) this.#compare(path, one.timeIndex, one.value);
      path.early.length = 0;
    } else if (Number.isNaN(path.start)) path.early.push({ timeIndex, value });
    else this.#compare(path, timeIndex, value);
    if (path.seen < this.#bounds.length) return;
    this.#paths.delete(replica);
    this.count++;
    if (!path.exceeded && !Number.isNaN(path.start)) this.hits++;
  }

  #compare(path: Path, timeIndex: number, value: number): void {
    if (!(value <= Math.max(this.#bounds[timeIndex] * path.start, this.spec.floor ?? 0))) path.exceeded = true;
  }

  fail(replica: number, time: number): void {
    // Who leaves after T has come at every time.
    if (time > this.spec.times[this.spec.times.length - 1]) return;
    this.#failed.add(replica);
    this.#paths.delete(replica);
    this.count++;
  }

  state(): State {
    return { hits: this.hits, count: this.count };
  }

  merge(state: State): void {
    const { hits, count } = hitsOf(state);
    this.hits += hits;
    this.count += count;
  }

  inFlight(): InFlight {
    const paths = [...this.#paths.values()];
    const early = paths.flatMap((path) => path.early);
    return {
      failed: [...this.#failed],
      replicas: [...this.#paths.keys()],
      seen: paths.map((path) => path.seen),
      exceeded: paths.map((path) => Number(path.exceeded)),
      starts: Float64Array.from(paths, (path) => path.start),
      early: paths.map((path) => path.early.length),
      timeIndices: early.map(({ timeIndex }) => timeIndex),
      values: Float64Array.from(early, ({ value }) => value),
    };
  }

  takeUp(inFlight: Partial<InFlight>, all: Replicas): void {
    const replicas = replicasOf(inFlight?.replicas, 'replicas', all);
    const n = replicas.length;
    const seen = numbersOf(inFlight?.seen, n, 'seen');
    const exceeded = numbersOf(inFlight?.exceeded, n, 'exceeded');
    const starts = floatsOf(inFlight?.starts, n, 'starts');
    const early = numbersOf(inFlight?.early, n, 'early');
    const total = early.reduce((sum, count) => sum + count, 0);
    const timeIndices = numbersOf(inFlight?.timeIndices, total, 'timeIndices');
    const values = floatsOf(inFlight?.values, total, 'values');
    for (const replica of replicasOf(inFlight?.failed, 'failed', all)) this.#failed.add(replica);
    let at = 0;
    replicas.forEach((replica, k) => {
      const own = Array.from({ length: early[k] }, (_, i) => ({
        timeIndex: timeIndices[at + i],
        value: values[at + i],
      }));
      at += early[k];
      this.#paths.set(replica, { start: starts[k], seen: seen[k], early: own, exceeded: exceeded[k] !== 0 });
    });
  }
}
