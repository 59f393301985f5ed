/**
 * What an ensemble estimates besides its curves. An estimator is one small file: it takes rows and failures, and knows how to take
 * in the state of another over disjoint replicas. Memory does not grow with the number of replicas that are finished.
 */

export interface Estimator<State = unknown> {
  /**
   * The statistics of one replica at one save time; `row` may be reused by the caller. At each time replicas come in increasing
   * order; a replica that has failed by then does not come. Values may be NaN or infinite (an expression outside its domain).
   */
  add(timeIndex: number, replica: number, row: Float64Array): void;
  /** The replica diverged at `time`: it has no row there nor later; rows of earlier times may still come. */
  fail(replica: number, time: number): void;
  /** As plain JSON data, complete once every replica has come or failed. */
  state(): State;
  /**
   * As if the replicas behind the state had been added here; into an empty one exactly, to the last bit. @throws RangeError where it is
   * the state of another kind.
   */
  merge(state: State): void;
  /** What is held of replicas in flight, beside the state; absent where nothing is. As plain data with typed arrays. */
  inFlight?(): unknown;
  /** Takes that up again, of an ensemble of these replicas. @throws RangeError where it is that of another kind, or of others. */
  takeUp?(inFlight: unknown, replicas: Replicas): void;
}

/** Replicas first, …, first + count − 1. */
export interface Replicas {
  readonly first: number;
  readonly count: number;
}

/** Replica numbers of what was held in flight. */
export function replicasOf(value: unknown, what: string, { first, count }: Replicas): number[] {
  const inside = (replica: unknown) =>
    Number.isInteger(replica) && (replica as number) >= first && (replica as number) < first + count;
  if (!Array.isArray(value) || value.length > count || !value.every(inside)) {
    throw new RangeError(`${what} must be an array of numbers of the ${count} replicas from ${first}`);
  }
  return value;
}

/** The numbers of a typed array of what was held in flight; they may be NaN or infinite. */
export function floatsOf(value: unknown, length: number, what: string): Float64Array {
  if (!(value instanceof Float64Array) || value.length !== length) {
    throw new RangeError(`${what} must be ${length} numbers`);
  }
  return value;
}
