/** A histogram of one statistic over replicas, in bins known beforehand. */
import { countsOf } from '../state.ts';
import type { Estimator } from './estimator.ts';

export interface HistogramSpec {
  readonly kind: 'histogram';
  /** Place in the row. */
  readonly statistic: number;
  readonly timeIndices: readonly number[];
  /** Bin j is edges[j] ≤ x < edges[j + 1]; the last one includes its upper end. Increasing, two at least. */
  readonly edges: ArrayLike<number>;
}

interface State {
  readonly counts: readonly number[];
  readonly below: readonly number[];
  readonly above: readonly number[];
}

/** The bin of x: −1 below the first edge, edges.length − 1 above the last. NaN is in none, and gives the latter. */
export function binOf(edges: ArrayLike<number>, x: number): number {
  const bins = edges.length - 1;
  if (x < edges[0]) return -1;
  if (x === edges[bins]) return bins - 1;
  if (!(x < edges[bins])) return bins;
  let low = 0;
  let high = bins;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (edges[middle] <= x) low = middle;
    else high = middle;
  }
  return low;
}

export class Histogram implements Estimator<State> {
  /** [time][bin]. */
  readonly counts: Float64Array;
  /** [time], outside the edges. */
  readonly below: Float64Array;
  readonly above: Float64Array;
  readonly #rows: ReadonlyMap<number, number>;
  readonly #bins: number;

  constructor(readonly spec: HistogramSpec) {
    const times = spec.timeIndices.length;
    this.#bins = spec.edges.length - 1;
    this.#rows = new Map(spec.timeIndices.map((timeIndex, row) => [timeIndex, row]));
    this.counts = new Float64Array(times * this.#bins);
    this.below = new Float64Array(times);
    this.above = new Float64Array(times);
  }

  add(timeIndex: number, _replica: number, row: Float64Array): void {
    const at = this.#rows.get(timeIndex);
    const value = row[this.spec.statistic];
    if (at === undefined || Number.isNaN(value)) return;
    const bin = binOf(this.spec.edges, value);
    if (bin < 0) this.below[at]++;
    else if (bin >= this.#bins) this.above[at]++;
    else this.counts[at * this.#bins + bin]++;
  }

  fail(): void {}

  state(): State {
    return { counts: [...this.counts], below: [...this.below], above: [...this.above] };
  }

  merge({ counts, below, above }: State): void {
    const add = (into: Float64Array, from: readonly number[], what: string) => {
      countsOf(from, into.length, what).forEach((n, i) => {
        into[i] += n;
      });
    };
    add(this.counts, counts, 'counts');
    add(this.below, below, 'below');
    add(this.above, above, 'above');
  }
}
