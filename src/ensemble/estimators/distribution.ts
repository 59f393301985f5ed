/** The law of one statistic at some save times: mean, variance, quantiles, and histograms whose range is not known beforehand. */
import { Quantiles, type QuantilesState } from '../quantiles.ts';
import { Spread, type SpreadState } from '../spread.ts';
import type { Estimator } from './estimator.ts';

export interface DistributionSpec {
  readonly kind: 'distribution';
  /** Place in the row. */
  readonly statistic: number;
  readonly timeIndices: readonly number[];
}

interface State {
  readonly spread: SpreadState;
  readonly quantiles: readonly QuantilesState[];
}

export class Distribution implements Estimator<State> {
  readonly spread: Spread;
  readonly quantiles: readonly Quantiles[];
  readonly #cells: ReadonlyMap<number, number>;

  constructor(readonly spec: DistributionSpec) {
    this.#cells = new Map(spec.timeIndices.map((timeIndex, cell) => [timeIndex, cell]));
    this.spread = new Spread(this.#cells.size);
    this.quantiles = spec.timeIndices.map(() => new Quantiles());
  }

  add(timeIndex: number, _replica: number, row: Float64Array): void {
    const cell = this.#cells.get(timeIndex);
    const value = row[this.spec.statistic];
    if (cell === undefined || !Number.isFinite(value)) return;
    this.spread.add(cell, value);
    this.quantiles[cell].add(value);
  }

  fail(): void {}

  state(): State {
    return { spread: this.spread.state(), quantiles: this.quantiles.map((quantiles) => quantiles.state()) };
  }

  merge({ spread, quantiles }: State): void {
    const cells = this.#cells.size;
    this.spread.merge(Spread.read(spread, cells));
    this.quantiles.forEach((one, cell) => {
      one.merge(Quantiles.of(quantiles[cell]));
    });
  }
}
