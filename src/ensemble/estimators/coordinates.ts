/** The law of one coordinate's β over coordinates: the share of the coordinates in each bin, and its mean over replicas. */
import { Spread, type SpreadState } from '../spread.ts';
import type { Estimator } from './estimator.ts';

export interface CoordinatesSpec {
  readonly kind: 'coordinates';
  /** Places first, …, first + edges − 1 in the row hold the shares of the coordinates at or above each edge, in order. */
  readonly first: number;
  readonly edges: number;
  readonly timeIndices: readonly number[];
}

interface State {
  readonly spread: SpreadState;
}

export class Coordinates implements Estimator<State> {
  /** Cells [time][bin]; the first bin is below the first edge, the last one at or above the last: edges + 1 bins. */
  readonly spread: Spread;
  readonly #rows: ReadonlyMap<number, number>;

  constructor(readonly spec: CoordinatesSpec) {
    this.#rows = new Map(spec.timeIndices.map((timeIndex, row) => [timeIndex, row]));
    this.spread = new Spread(spec.timeIndices.length * (spec.edges + 1));
  }

  add(timeIndex: number, _replica: number, row: Float64Array): void {
    const at = this.#rows.get(timeIndex);
    if (at === undefined) return;
    const { first, edges } = this.spec;
    let above = 1;
    for (let bin = 0; bin <= edges; bin++) {
      const next = bin < edges ? row[first + bin] : 0;
      this.spread.add(at * (edges + 1) + bin, above - next);
      above = next;
    }
  }

  fail(): void {}

  state(): State {
    return { spread: this.spread.state() };
  }

  merge({ spread }: State): void {
    const cells = this.spread.count.length;
    this.spread.merge(Spread.read(spread, cells));
  }
}
