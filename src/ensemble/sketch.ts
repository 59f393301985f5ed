/**
 * A quantile sketch of fixed relative accuracy: counts in logarithmic bins, after DDSketch (Masson, Rim & Lee, VLDB 2019).
 *
 * Bins are fixed in advance, so merging adds counts and the answer depends neither on the order of arrival nor on how replicas
 * were split over workers or machines; the clusters of a t-digest do depend on both. Bins are kept sparsely and never
 * collapsed: a sketch holds one counter for each bin that was hit, at most 142,000 for all of f64.
 */

import { exp, log } from '../elementary/index.ts';

/** Largest relative error of a quantile against the order statistic of rank ⌊q(n − 1)⌋. */
export const SKETCH_ACCURACY = 0.005;

/** log((1 + a)/(1 − a)) of that accuracy a, written out: nothing is compiled on import. */
const LOG_RATIO = 0.010000083334583179;

/** Bin k holds r^(k−1) < |x| ≤ r^k and answers with the point whose relative error to both ends is SKETCH_ACCURACY. */
function midpoint(bin: number): number {
  return exp(bin * LOG_RATIO) * (1 - SKETCH_ACCURACY);
}

/** A sketch as it goes into a file: bin, count, bin, count, … by increasing bin. */
export interface SketchState {
  readonly negative: readonly number[];
  readonly zeros: number;
  readonly positive: readonly number[];
}

export class Sketch {
  readonly #negative = new Map<number, number>();
  readonly #positive = new Map<number, number>();
  #zeros = 0;
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Adds a finite number. */
  add(value: number): void {
    this.#count++;
    if (value === 0) {
      this.#zeros++;
      return;
    }
    const bins = value < 0 ? this.#negative : this.#positive;
    const bin = Math.ceil(log(Math.abs(value)) / LOG_RATIO);
    bins.set(bin, (bins.get(bin) ?? 0) + 1);
  }

  merge(other: Sketch): void {
    for (const [bin, n] of other.#negative) this.#negative.set(bin, (this.#negative.get(bin) ?? 0) + n);
    for (const [bin, n] of other.#positive) this.#positive.set(bin, (this.#positive.get(bin) ?? 0) + n);
    this.#zeros += other.#zeros;
    this.#count += other.#count;
  }

  /** Values that stand for the bins, increasing, each with the number of values in its bin. */
  points(): [value: number, count: number][] {
    return [
      ...[...this.#negative].sort(([a], [b]) => b - a).map(([bin, n]): [number, number] => [-midpoint(bin), n]),
      ...(this.#zeros > 0 ? [[0, this.#zeros] as [number, number]] : []),
      ...[...this.#positive].sort(([a], [b]) => a - b).map(([bin, n]): [number, number] => [midpoint(bin), n]),
    ];
  }

  state(): SketchState {
    const flat = (bins: Map<number, number>) => [...bins].sort(([a], [b]) => a - b).flat();
    return { negative: flat(this.#negative), zeros: this.#zeros, positive: flat(this.#positive) };
  }

  /** @throws RangeError where it is no such state. */
  static of({ negative, zeros, positive }: SketchState): Sketch {
    const sketch = new Sketch();
    const isCount = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0;
    const fill = (bins: Map<number, number>, flat: readonly number[]) => {
      if (
        !Array.isArray(flat) ||
        flat.length % 2 > 0 ||
        !flat.every((x, i) => (i % 2 ? isCount(x) : Number.isFinite(x)))
      ) {
        throw new RangeError('a sketch must hold bins, each with how many values are in it');
      }
      for (let i = 0; i + 1 < flat.length; i += 2) {
        bins.set(flat[i], flat[i + 1]);
        sketch.#count += flat[i + 1];
      }
    };
    fill(sketch.#negative, negative);
    fill(sketch.#positive, positive);
    if (!isCount(zeros)) throw new RangeError('a sketch must say how many values are 0');
    sketch.#zeros = zeros;
    sketch.#count += zeros;
    return sketch;
  }

  /** Quantiles of increasing probabilities q, each within SKETCH_ACCURACY of the order statistic of rank ⌊q(n − 1)⌋. */
  at(probabilities: readonly number[]): number[] {
    const bins = this.points();
    let i = 0;
    let below = 0;
    return probabilities.map((q) => {
      if (this.#count === 0) return Number.NaN;
      const rank = Math.floor(q * (this.#count - 1));
      while (below + bins[i][1] <= rank) below += bins[i++][1];
      return bins[i][0];
    });
  }
}
