/** A path's state in one array: where it is, then the arrays that it consists of. */
import { EngineStateError } from '../../statistics/stream.ts';
import type { PathState } from './simulator.ts';

/** The numbers of `place`, then those of `arrays`, copied. */
export function packState(place: readonly number[], arrays: readonly Float64Array[]): PathState {
  const length = arrays.reduce((sum, array) => sum + array.length, place.length);
  const state = new Float64Array(length);
  state.set(place);
  let at = place.length;
  for (const array of arrays) {
    state.set(array, at);
    at += array.length;
  }
  return state;
}

/**
 * Writes the arrays of a state back; returns its place. With `saves`, its first two numbers must be a save time to come, by index, and
 * a step on the way there.
 * @throws EngineStateError where it is not the state of such a path.
 */
export function unpackState(
  state: PathState,
  places: number,
  arrays: readonly Float64Array[],
  saves?: ArrayLike<number>,
): Float64Array {
  const length = arrays.reduce((sum, array) => sum + array.length, places);
  if (state.length !== length) {
    throw new EngineStateError(`the state of a path must hold ${length} numbers; found ${state.length}`);
  }
  const [save, step] = state;
  const before = saves && save > 0 ? saves[save - 1] : 0;
  if (saves && !(Number.isInteger(step) && step >= before && step <= saves[save])) {
    throw new EngineStateError(
      `the state of a path must be at a step on the way to a save time of this run; found step ${step} before save time ${save}`,
    );
  }
  let at = places;
  for (const array of arrays) {
    array.set(state.subarray(at, at + array.length));
    at += array.length;
  }
  return state.slice(0, places);
}
