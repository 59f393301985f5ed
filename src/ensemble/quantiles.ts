/** Quantiles of one stream of numbers: exact while it is short, then a sketch. Neither depends on the order of arrival. */
import { Sketch, type SketchState } from './sketch.ts';

/** Most values kept one by one. */
export const LONGEST_EXACT = 4096;

/**
 * The quantile that R calls type 7 (NumPy's default): with x sorted and h = (n − 1)q, the straight line between
 * x[⌊h⌋] and x[⌈h⌉]. NaN for no values.
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  if (sorted.length === 0) return Number.NaN;
  const h = (sorted.length - 1) * q;
  const low = Math.floor(h);
  const high = Math.min(low + 1, sorted.length - 1);
  const fraction = h - low;
  return fraction === 0 ? sorted[low] : sorted[low] + fraction * (sorted[high] - sorted[low]);
}

/** As it goes into a file: the values one by one, or the sketch of them. */
export type QuantilesState = readonly number[] | SketchState;

export class Quantiles {
  #values: number[] | Sketch = [];
  #count = 0;
  readonly #limit: number;
  /** The last answer: sorting anew at every redraw of a live plot would dominate it. */
  #cache: { readonly count: number; readonly probabilities: readonly number[]; readonly answer: number[] } | null =
    null;

  /** Values beyond the first `limit` turn the store into a sketch. */
  constructor(limit = LONGEST_EXACT) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether answers are exact (type 7) rather than within SKETCH_ACCURACY. */
  get exact(): boolean {
    return Array.isArray(this.#values);
  }

  /** Adds a finite number. */
  add(value: number): void {
    this.#count++;
    if (!Array.isArray(this.#values)) {
      this.#values.add(value);
    } else {
      this.#values.push(value);
      if (this.#count > this.#limit) this.#condense();
    }
  }

  /** Adds everything that `other` holds; `other` is unchanged. */
  merge(other: Quantiles): void {
    if (Array.isArray(other.#values)) {
      for (const value of other.#values) this.add(value);
    } else {
      this.#condense().merge(other.#values);
      this.#count += other.#count;
    }
  }

  /** Quantiles of increasing probabilities; NaN where there are no values. Cost O(n log n) once after a change. */
  at(probabilities: readonly number[]): readonly number[] {
    const cache = this.#cache;
    if (cache?.count === this.#count && cache.probabilities === probabilities) return cache.answer;
    let answer: number[];
    if (Array.isArray(this.#values)) {
      const sorted = Float64Array.from(this.#values).sort();
      answer = probabilities.map((q) => quantileOfSorted(sorted, q));
    } else {
      answer = this.#values.at(probabilities);
    }
    this.#cache = { count: this.#count, probabilities, answer };
    return answer;
  }

  /** The values in increasing order with how often each was seen, or what stands for them in the sketch. */
  points(): [value: number, count: number][] {
    if (!Array.isArray(this.#values)) return this.#values.points();
    return [...Float64Array.from(this.#values).sort()].map((value) => [value, 1]);
  }

  state(): QuantilesState {
    // In increasing order, so that files do not show the order of arrival.
    return Array.isArray(this.#values) ? [...Float64Array.from(this.#values).sort()] : this.#values.state();
  }

  /** `limit` as in the constructor; more values than that become a sketch, as if they had been added one by one. */
  /** @throws RangeError where it is no such state. */
  static of(state: QuantilesState, limit = LONGEST_EXACT): Quantiles {
    const quantiles = new Quantiles(limit);
    const isSketch = typeof state === 'object' && 'zeros' in state;
    if (!isSketch && !(Array.isArray(state) && state.every((value) => typeof value === 'number'))) {
      throw new RangeError('quantiles must be of numbers');
    }
    if (isSketch) {
      const sketch = Sketch.of(state);
      quantiles.#values = sketch;
      quantiles.#count = sketch.count;
    } else for (const value of state) quantiles.add(value);
    return quantiles;
  }

  #condense(): Sketch {
    if (!Array.isArray(this.#values)) return this.#values;
    const sketch = new Sketch();
    for (const value of this.#values) sketch.add(value);
    this.#values = sketch;
    return sketch;
  }
}
