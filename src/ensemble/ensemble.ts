/** Reads one method's stream of samples into an ensemble, in any order of arrival, with one result. */
import type { EstimatorSpec } from './estimators/index.ts';
import { type EnsembleCurves, EnsembleSummary, type SummaryState } from './summary.ts';

/** A replica that diverged: it counts until `time`, in units of d steps, and no longer. */
export interface ReplicaFailure {
  readonly replica: number;
  readonly time: number;
  readonly message: string;
}

/** The part of an engine's events that an ensemble reads (src/statistics/stream.ts); others are passed over. */
export type EnsembleInput =
  | {
      readonly type: 'samples';
      readonly timeIndex: number;
      readonly firstReplica: number;
      /** [replica][statistic]; a row of NaN belongs to a failed replica. */
      readonly values: Float64Array;
    }
  | ({ readonly type: 'failure' } & ReplicaFailure)
  | { readonly type: 'progress' | 'notice' };

/** What an `Ensemble` is to take in: fixed when it is made. */
export interface EnsembleShape {
  /** Save times. */
  readonly times: ArrayLike<number>;
  /** How many statistics a row holds. */
  readonly statistics: number;
  /** Of how many of them, the first ones, curves are kept; default: all. The others are for the estimators only. */
  readonly curves?: number;
  /** Replicas first, …, first + count − 1. */
  readonly replicas: { readonly first: number; readonly count: number };
  /** What is estimated besides the curves. */
  readonly estimators?: readonly EstimatorSpec[];
}

/** All that an ensemble has taken in so far, as plain data with typed arrays: it goes on from there as if it had never been left. */
export interface EnsembleState {
  readonly replicas: { readonly first: number; readonly count: number };
  readonly summary: SummaryState;
  /** What each estimator holds of replicas in flight; null where nothing. */
  readonly inFlight: readonly unknown[];
  readonly failures: readonly ReplicaFailure[];
  /** One of each save time: see `Arrival`; `rows` holds the waiting rows, [replica][statistic]. */
  readonly arrivals: readonly {
    readonly next: number;
    readonly waiting: readonly number[];
    readonly rows: Float64Array;
    readonly failed: readonly number[];
  }[];
}

/** Samples of one save time. */
interface Arrival {
  /** All replicas below have been added to the mean, in their order. */
  next: number;
  /** Rows that came before their turn. */
  readonly waiting: Map<number, Float64Array>;
  /** Replicas that have come as a row of NaN. */
  readonly failed: Set<number>;
}

/**
 * Means and variances are accumulated strictly in the order of replicas, so they are the same bit for bit for any number of
 * workers and any batching; rows that come early wait. Quantiles and counts do not depend on order.
 */
export class Ensemble {
  #shape: EnsembleShape;
  readonly #curves: number;
  readonly #summary: EnsembleSummary;
  readonly #arrivals: Arrival[];
  readonly #failures = new Map<number, ReplicaFailure>();

  constructor(shape: EnsembleShape, summary?: EnsembleSummary) {
    const { times, statistics, replicas, curves = statistics, estimators } = shape;
    this.#shape = shape;
    this.#curves = curves;
    this.#summary = summary ?? new EnsembleSummary(times.length, curves, estimators);
    this.#arrivals = Array.from({ length: times.length }, () => ({
      next: replicas.first,
      waiting: new Map(),
      failed: new Set(),
    }));
  }

  /** A copy of all that has been taken in. */
  state(): EnsembleState {
    const { statistics, replicas } = this.#shape;
    return {
      replicas: { ...replicas },
      summary: this.#summary.state(),
      inFlight: this.#summary.estimators.map((estimator) => estimator.inFlight?.() ?? null),
      failures: this.failures,
      arrivals: this.#arrivals.map(({ next, waiting, failed }) => {
        const rows = new Float64Array(waiting.size * statistics);
        [...waiting.values()].forEach((row, k) => {
          rows.set(row, k * statistics);
        });
        return { next, waiting: [...waiting.keys()], rows, failed: [...failed] };
      }),
    };
  }

  /**
   * The ensemble of a state, in the shape that it was made in: its replicas are those of the state, which may have been extended.
   * @throws RangeError where the state does not fit the shape.
   */
  static of(state: EnsembleState, shape: EnsembleShape): Ensemble {
    const { times, statistics, curves = statistics, estimators = [] } = shape;
    const { first, count } = state.replicas;
    if (first !== shape.replicas.first || count < shape.replicas.count) {
      throw new RangeError(
        `the ensemble must hold replicas from ${shape.replicas.first}, ${shape.replicas.count} at least; found ${count} from ${first}`,
      );
    }
    if (state.arrivals.length !== times.length || state.inFlight.length !== estimators.length) {
      throw new RangeError(
        `the ensemble must hold ${times.length} times and ${estimators.length} estimators; found ${state.arrivals.length} and ${state.inFlight.length}`,
      );
    }
    const summary = EnsembleSummary.of(state.summary, times.length, curves, estimators);
    summary.estimators.forEach((estimator, k) => {
      estimator.takeUp?.(state.inFlight[k], state.replicas);
    });
    const over = summary.alive.find((alive) => alive > count);
    if (over !== undefined) {
      throw new RangeError(`at most the ${count} replicas of the ensemble may be alive; found ${over}`);
    }
    const ensemble = new Ensemble({ ...shape, replicas: { first, count } }, summary);
    const inside = (replica: number) => Number.isInteger(replica) && replica >= first && replica < first + count;
    state.arrivals.forEach(({ next, waiting, rows, failed }, t) => {
      const good = (next === first + count || inside(next)) && [...waiting, ...failed].every(inside);
      if (!good || rows.length !== waiting.length * statistics) {
        throw new RangeError(
          `the replicas in flight at time index ${t} do not fit an ensemble of ${count} from ${first}`,
        );
      }
      const arrival = ensemble.#arrivals[t];
      arrival.next = next;
      waiting.forEach((replica, k) => {
        arrival.waiting.set(replica, rows.slice(k * statistics, (k + 1) * statistics));
      });
      for (const replica of failed) arrival.failed.add(replica);
    });
    for (const failure of state.failures) {
      const { replica, time, message } = failure;
      if (!inside(replica) || !(time >= 0) || typeof message !== 'string') {
        throw new RangeError(`every failure must be one of a replica, at a time and with a message; found ${replica}`);
      }
      if (ensemble.#failures.has(replica))
        throw new RangeError(`a replica fails once; found two failures of ${replica}`);
      ensemble.#failures.set(replica, failure);
    }
    return ensemble;
  }

  /** Diverged replicas, in the order of replicas. */
  get failures(): readonly ReplicaFailure[] {
    return [...this.#failures.values()].sort((a, b) => a.replica - b.replica);
  }

  /** Makes room for `count` replicas more, numbered on. */
  extend(count: number): void {
    const { first, count: before } = this.#shape.replicas;
    this.#shape = { ...this.#shape, replicas: { first, count: before + count } };
  }

  /** Whether every replica has come, or failed, at every save time. */
  get complete(): boolean {
    const { first, count } = this.#shape.replicas;
    return this.#arrivals.every((arrival) => arrival.next === first + count);
  }

  /**
   * Takes one event in. Cost O(values).
   * @throws Error if a sample lies outside the shape, or came before.
   */
  add(event: EnsembleInput): void {
    if (event.type === 'failure') {
      const { replica, time, message } = event;
      this.#failures.set(replica, { replica, time, message });
      for (const estimator of this.#summary.estimators) estimator.fail(replica, time);
      for (let t = 0; t < this.#arrivals.length; t++) this.#advance(t);
    } else if (event.type === 'samples') {
      const { statistics, times, replicas } = this.#shape;
      const rows = event.values.length / statistics;
      const end = replicas.first + replicas.count;
      const inside = event.timeIndex >= 0 && event.timeIndex < times.length && Number.isInteger(rows);
      if (!inside || event.firstReplica < replicas.first || event.firstReplica + rows > end) {
        throw new Error(
          `samples of replicas ${event.firstReplica} to ${event.firstReplica + rows - 1} at time index ${event.timeIndex} are outside the ensemble (replicas ${replicas.first} to ${end - 1}, ${times.length} times, ${statistics} statistics)`,
        );
      }
      for (let r = 0; r < rows; r++) {
        const row = event.values.subarray(r * statistics, (r + 1) * statistics);
        this.#arrive(event.timeIndex, event.firstReplica + r, row);
      }
      this.#advance(event.timeIndex);
    }
  }

  /** The curves of what has come so far: any moment will do, the last is the result. */
  curves(): EnsembleCurves {
    let { spread } = this.#summary;
    if (this.#arrivals.some((arrival) => arrival.waiting.size > 0)) {
      spread = spread.copy();
      this.#arrivals.forEach(({ waiting }, t) => {
        const early = [...waiting.entries()].sort(([a], [b]) => a - b);
        for (const [, row] of early) addRow(spread, t, row, this.#curves);
      });
    }
    return this.#summary.curves({ spread, ...this.#settled() });
  }

  /**
   * The finished ensemble, for merging with those of other replicas; call it once, when all events are in.
   * @throws Error unless complete.
   */
  summary(): EnsembleSummary {
    if (!this.complete) throw new Error('an ensemble can be merged only when all of its replicas have come or failed');
    const { alive, undefinedValues } = this.#settled();
    this.#summary.alive.set(alive);
    this.#summary.undefinedValues.set(undefinedValues);
    for (const arrival of this.#arrivals) arrival.failed.clear();
    return this.#summary;
  }

  #arrive(t: number, replica: number, row: Float64Array): void {
    const arrival = this.#arrivals[t];
    if (replica < arrival.next || arrival.waiting.has(replica) || arrival.failed.has(replica)) {
      if (this.#gone(replica, t)) return;
      throw new Error(`the sample of replica ${replica} at time index ${t} came twice`);
    }
    if (row.every(Number.isNaN)) {
      arrival.failed.add(replica);
      return;
    }
    this.#summary.alive[t]++;
    for (let k = 0; k < this.#curves; k++) {
      const cell = t * this.#curves + k;
      if (Number.isFinite(row[k])) this.#summary.quantiles[cell].add(row[k]);
      else this.#summary.undefinedValues[cell]++;
    }
    if (replica === arrival.next) {
      this.#deliver(t, replica, row);
      arrival.next++;
    } else {
      arrival.waiting.set(replica, row.slice());
    }
  }

  /** Adds the rows whose turn has come, passing over the failed. */
  #advance(t: number): void {
    const arrival = this.#arrivals[t];
    const end = this.#shape.replicas.first + this.#shape.replicas.count;
    while (arrival.next < end) {
      const row = arrival.waiting.get(arrival.next);
      if (row) {
        this.#deliver(t, arrival.next, row);
        arrival.waiting.delete(arrival.next);
      } else if (!arrival.failed.has(arrival.next) && !this.#gone(arrival.next, t)) {
        return;
      }
      arrival.next++;
    }
  }

  /** One row, in its turn. */
  #deliver(t: number, replica: number, row: Float64Array): void {
    addRow(this.#summary.spread, t, row, this.#curves);
    for (const estimator of this.#summary.estimators) estimator.add(t, replica, row);
  }

  /** Whether the replica has failed by time t. */
  #gone(replica: number, t: number): boolean {
    const failure = this.#failures.get(replica);
    return failure !== undefined && failure.time <= this.#shape.times[t];
  }

  /**
   * A row of NaN from a replica that has not failed by then is a replica without a value (an expression outside its domain),
   * which makes the average undefined. Which it is can be known only once all has come.
   */
  #settled(): Pick<EnsembleSummary, 'alive' | 'undefinedValues'> {
    const alive = this.#summary.alive.slice();
    const undefinedValues = this.#summary.undefinedValues.slice();
    if (!this.complete) return { alive, undefinedValues };
    const statistics = this.#curves;
    this.#arrivals.forEach(({ failed }, t) => {
      for (const replica of failed) {
        if (this.#gone(replica, t)) continue;
        alive[t]++;
        for (let k = 0; k < statistics; k++) undefinedValues[t * statistics + k]++;
      }
    });
    return { alive, undefinedValues };
  }
}

function addRow(spread: EnsembleSummary['spread'], t: number, row: Float64Array, curves: number): void {
  for (let k = 0; k < curves; k++) {
    if (Number.isFinite(row[k])) spread.add(t * curves + k, row[k]);
  }
}
